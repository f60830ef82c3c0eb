-- Count one more attempt to sign in, and return how many there were since the first of the last while.
insert into console.attempts as known (address, name, begun_at, attempts)
values ($1, $2, $3, 1)
on conflict (address, name) do update set
    begun_at = case when known.begun_at > $4 then known.begun_at else excluded.begun_at end,
    attempts = case when known.begun_at > $4 then known.attempts + 1 else 1 end
returning attempts
