-- Links that download an export without a key: each works once, until it expires.
create table playtrace.downloads (
  -- SHA-256 of the token in the link: a reader of the database cannot use the link.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  game_id smallint not null references playtrace.games,
  format text not null check (format in ('csv', 'ndjson')),
  filter json not null,
  expires_at timestamptz not null
);
