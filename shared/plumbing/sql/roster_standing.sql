-- What the roster says of these people, as text: one JSON document a relationship.
select initiative, stakeholder, entry::text
from roster.entries
where stakeholder = any($1::text[])
