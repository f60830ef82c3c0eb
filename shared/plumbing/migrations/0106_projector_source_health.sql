-- How each source does as of a moment, by when it was heard and not by what it tells of: an import of ten years
-- that took one evening has no rhythm. The 90 days until it was last heard count.
--
-- `usual_gap`: 19 of 20 silences were no longer. A source is stale once it is silent for twice that, for a quarter
-- longer than all its silences but one (nights, weekends; one outage must not teach it patience), and for an hour.
-- With fewer than six silences there is no rhythm, and it is never stale.
create function projector.source_health(moment timestamptz)
returns table (
    source text,
    first_event_at timestamptz,
    last_event_at timestamptz,
    events bigint,
    events_per_day double precision,
    rejected bigint,
    usual_gap interval,
    stale_since timestamptz
)
language sql stable parallel safe
security definer set search_path = pg_catalog  -- people who query see no more than this returns
begin atomic
    with spans as (
        select
            heard.*,
            extract(epoch from heard.first_at - lag(heard.last_at) over earlier) as gap,
            max(heard.last_at) over (partition by heard.source) as latest_at
        from projector.heard
        where heard.first_at <= moment
        window earlier as (partition by heard.source order by heard.hour)
    ),
    ranked as (
        select spans.*, row_number() over (partition by spans.source order by spans.gap desc) as rank
        from spans
        where spans.gap is not null and spans.last_at > spans.latest_at - interval '90 days'
    ),
    rhythm as (
        select
            ranked.source,
            percentile_cont(0.95) within group (order by ranked.gap) as usual,
            min(ranked.gap) filter (where ranked.rank <= 2) as longest_but_one
        from ranked
        group by ranked.source
        having count(*) >= 6
    ),
    counted as (
        select
            spans.source,
            min(spans.first_at) as first_at,
            least(max(spans.last_at), moment) as last_at,
            sum(spans.events) as events,
            sum(spans.events) filter (where spans.last_at > moment - interval '7 days') as events_of_week,
            sum(spans.rejected) as rejected
        from spans
        group by spans.source
    ),
    patience as (
        select
            counted.*,
            make_interval(secs => rhythm.usual) as usual_gap,
            case when rhythm.usual is not null then counted.last_at + make_interval(
                secs => greatest(3600, 2 * rhythm.usual, 1.25 * rhythm.longest_but_one)
            ) end as patient_until
        from counted
        left join rhythm using (source)
    )
    select
        patience.source,
        patience.first_at,
        patience.last_at,
        patience.events::bigint,
        (coalesce(patience.events_of_week, 0) / 7)::double precision,
        patience.rejected::bigint,
        patience.usual_gap,
        case when patience.patient_until < moment then patience.patient_until end
    from patience;
end;
