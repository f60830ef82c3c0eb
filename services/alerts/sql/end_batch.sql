-- Gives back the places of messages that have been attempted.
update alerts.batches set free_at = $2 where batch = $1
