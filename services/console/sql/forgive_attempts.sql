-- Who came in was no guesser: their attempts count no longer, and what is older than a while is cleared away.
with cleared as (
    delete from console.attempts where begun_at <= $3 or (address = $1 and name = $2 and name <> '')
)
update console.attempts set attempts = attempts - 1
where address = $1 and name = '' and attempts > 0 and begun_at > $3
