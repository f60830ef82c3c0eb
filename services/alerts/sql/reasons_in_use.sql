-- Every reason that a last judgement, an open alert or a switch of models names: what is judged next starts from these.
select unnest(reasons) as reason from alerts.watches
union
select drift_reason from alerts.watches where drift_reason is not null
union
select reason from alerts.alerts where status <> 'resolved'
union
select unnest(reasons) from projector.untold
