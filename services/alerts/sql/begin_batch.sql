insert into alerts.batches (channel, messages, begun_at, free_at) values ($1, $2, $3, $4) returning batch
