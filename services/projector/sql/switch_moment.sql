-- The moment of a switch: not before the one given, and after whatever was judged or looked at; but no clock that is
-- ahead by more than ten minutes is believed, for what crosses a line before the switch is told to nobody.
select least(
    greatest(
        $1,
        (select max(judged_at) from alerts.watches) + interval '1 microsecond',
        (select max(looked_at) from alerts.looked)
    ),
    $1::timestamptz + interval '10 minutes'
)
