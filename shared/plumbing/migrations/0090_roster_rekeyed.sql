-- HMAC-SHA-256 of a digest, cut to its own length, under the key whose two padded halves are given: what
-- shared/events/handle.py does with each later key of a chain.
create function roster.rekeyed(inner_pad bytea, outer_pad bytea, digest bytea) returns bytea
language sql immutable strict parallel safe
return substr(sha256(outer_pad || sha256(inner_pad || digest)), 1, length(digest));

create function roster.rekeyed(inner_pad bytea, outer_pad bytea, handle uuid) returns uuid
language sql immutable strict parallel safe
return encode(roster.rekeyed(inner_pad, outer_pad, uuid_send(handle)), 'hex')::uuid;

create function roster.rekeyed(inner_pad bytea, outer_pad bytea, content bigint) returns bigint
language sql immutable strict parallel safe
return ('x' || encode(roster.rekeyed(inner_pad, outer_pad, int8send(content)), 'hex'))::bit(64)::bigint;
