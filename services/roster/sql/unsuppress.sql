-- Lets in again what comes of the handle, or of those who were blocked with their domain; returns how many they were.
with lifted as (
    delete from roster.suppressed where handle = $1::uuid or domain = $2 returning handle
)
select count(*) from lifted
