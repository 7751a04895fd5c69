-- Money and those who pay counted by day, as active players are (0007): the revenue screen read and sorted every purchase of
-- two months, several times over. Rows may come to 0, and stay.

create table playtrace.revenue_days (
  game_id smallint not null,
  day date not null,
  currency text not null,
  product_id text not null,
  purchases bigint not null,
  amount_minor numeric not null,
  primary key (game_id, day, currency, product_id)
);

-- Days on which a player bought something, in each currency, and in whichever: currency '*'. Folds keep it.
create table playtrace.payer_days (
  game_id smallint not null,
  player_no integer not null,
  currency text not null,
  day date not null,
  -- The player's day with a purchase in this currency before this one; null on the first.
  previous_day date,
  primary key (player_no, currency, day)
);

create table playtrace.paying_days (
  game_id smallint not null,
  day date not null,
  currency text not null,
  -- As in payer_days: who is counted bought something on it, and not since; null: never before.
  previous_day date,
  players bigint not null,
  unique nulls not distinct (game_id, day, currency, previous_day)
);

create function playtrace.count_purchases() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.revenue_days (game_id, day, currency, product_id, purchases, amount_minor)
      select game_id, (corrected_at at time zone 'UTC')::date as day, currency, product_id, -count(*), -sum(amount_minor)
      from removed group by game_id, day, currency, product_id
      on conflict (game_id, day, currency, product_id) do update
        set purchases = revenue_days.purchases + excluded.purchases, amount_minor = revenue_days.amount_minor + excluded.amount_minor;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.revenue_days (game_id, day, currency, product_id, purchases, amount_minor)
      select game_id, (corrected_at at time zone 'UTC')::date as day, currency, product_id, count(*), sum(amount_minor)
      from added group by game_id, day, currency, product_id
      on conflict (game_id, day, currency, product_id) do update
        set purchases = revenue_days.purchases + excluded.purchases, amount_minor = revenue_days.amount_minor + excluded.amount_minor;
  end if;
  return null;
end
$$;

create function playtrace.count_payer_days() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into playtrace.paying_days (game_id, day, currency, previous_day, players)
      select game_id, day, currency, previous_day, -count(*) from removed group by game_id, day, currency, previous_day
      on conflict (game_id, day, currency, previous_day) do update set players = paying_days.players + excluded.players;
  end if;
  if tg_op <> 'DELETE' then
    insert into playtrace.paying_days (game_id, day, currency, previous_day, players)
      select game_id, day, currency, previous_day, count(*) from added group by game_id, day, currency, previous_day
      on conflict (game_id, day, currency, previous_day) do update set players = paying_days.players + excluded.players;
  end if;
  return null;
end
$$;

create function playtrace.forget_purchases() returns trigger language plpgsql as $$
begin
  truncate playtrace.revenue_days;
  return null;
end
$$;

create function playtrace.forget_payer_days() returns trigger language plpgsql as $$
begin
  truncate playtrace.paying_days;
  return null;
end
$$;

insert into playtrace.revenue_days (game_id, day, currency, product_id, purchases, amount_minor)
  select game_id, (corrected_at at time zone 'UTC')::date, currency, product_id, count(*), sum(amount_minor)
  from playtrace.purchases group by 1, 2, 3, 4;
insert into playtrace.payer_days (game_id, player_no, currency, day, previous_day)
  select game_id, player_no, currency, day, lag(day) over (partition by player_no, currency order by day)
  from (
    select distinct game_id, player_no, counted.currency, (corrected_at at time zone 'UTC')::date as day
    from playtrace.purchases cross join lateral (values (purchases.currency), ('*')) as counted (currency)
  ) as days;
insert into playtrace.paying_days (game_id, day, currency, previous_day, players)
  select game_id, day, currency, previous_day, count(*) from playtrace.payer_days group by 1, 2, 3, 4;

create trigger count_added after insert on playtrace.purchases
  referencing new table as added for each statement execute function playtrace.count_purchases();
create trigger count_changed after update on playtrace.purchases
  referencing old table as removed new table as added for each statement execute function playtrace.count_purchases();
create trigger count_removed after delete on playtrace.purchases
  referencing old table as removed for each statement execute function playtrace.count_purchases();
create trigger forget_all after truncate on playtrace.purchases
  for each statement execute function playtrace.forget_purchases();

create trigger count_added after insert on playtrace.payer_days
  referencing new table as added for each statement execute function playtrace.count_payer_days();
create trigger count_changed after update on playtrace.payer_days
  referencing old table as removed new table as added for each statement execute function playtrace.count_payer_days();
create trigger count_removed after delete on playtrace.payer_days
  referencing old table as removed for each statement execute function playtrace.count_payer_days();
create trigger forget_all after truncate on playtrace.payer_days
  for each statement execute function playtrace.forget_payer_days();

-- In the order of players, so that a funnel's steps are merged as they are read, without a table of each in memory.
drop index playtrace.player_names_by_name;
create index player_names_by_name on playtrace.player_names (game_id, name, player_no) include (first_at);
