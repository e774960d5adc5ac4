-- Statements that run one by one in a transaction on the fixture; see tests/server.rs.
-- What is claimed about each is compared with what the server does.

alter table t add column z int
alter table t add column z int not null default 5
alter table t add column z timestamptz default now()
alter table t add column z timestamptz default clock_timestamp()
alter table t add column z uuid default gen_random_uuid()
alter table t add column z bigserial
alter table t add column z int generated always as identity
alter table t add column z int generated always as (a * 2) stored
alter table t add column z d
alter table t add column z dc
alter table t add column z int check (z > 0)
alter table t add column z int unique
alter table t add column z int references p
alter table t add column z int default 1 references p
alter table t add column z int default one()
alter table par add column z int
alter table t drop column b
alter table t drop constraint fk
alter table t drop constraint ck
alter table lone rename to solo
alter table t rename column c to cc
alter table t rename constraint ck to ck2
alter table t owner to joe
alter table lone alter a type bigint
alter table p alter id type bigint
alter table t alter b type bigint
alter table t alter c type varchar(40)
alter table lone alter a set not null
alter table t alter c drop not null
alter table t alter b set default 5
alter table t alter b set default random()
alter table t alter b drop default
alter table t alter c set statistics 10
alter table t alter c set (n_distinct = 3)
alter table t alter c reset (n_distinct)
alter table t alter c set storage plain
alter table t alter a add generated always as identity
alter table lone add constraint f foreign key (a) references p
alter table lone add constraint f foreign key (a) references p not valid
alter table lone add check (a > 0)
alter table lone add check (a > 0) not valid
alter table lone add unique (a)
alter table lone add primary key (a)
alter table t add constraint u unique using index tu
alter table lone add exclude using btree (a with =)
alter table t validate constraint ck
alter table t alter constraint fk deferrable
alter table t enable row level security
alter table t disable trigger tg
alter table t enable always trigger tg
alter table base disable rule rr
alter table t cluster on ti
alter table t set without cluster
alter table t set (fillfactor = 70)
alter table t reset (fillfactor)
alter table t set (user_catalog_table = true)
alter table lone set unlogged
alter table t replica identity full
alter table p2 inherit base
alter table child no inherit base
alter table par attach partition p2 for values from (5) to (6)
alter table par detach partition p0
alter table single detach partition s0 concurrently
alter index ti rename to tj
alter index ti set (fillfactor = 50)
alter index pari attach partition p0i
alter sequence s restart
alter sequence s owned by lone.a
alter sequence s rename to r
alter sequence s owner to joe
alter view v rename to w
alter view v alter a set default 1
alter materialized view mv set (fillfactor = 50)
alter materialized view mv rename to nv
alter trigger tg on t rename to th
alter policy pol on t using (true)
alter publication pb add table t
alter publication pb drop table p2
alter publication pb set table lone
alter type en add value 'b'
alter type en rename value 'a' to 'b'
alter type co add attribute y int
alter domain d add check (value > 0)
alter domain d add check (value > 0) not valid
alter domain d set not null
alter domain d drop not null
alter domain d validate constraint nv
alter default privileges grant select on tables to joe
alter role joe set work_mem = '4MB'
alter statistics st set statistics 10
alter system set work_mem = '4MB'
alter system reset all
alter database postgres set tablespace pg_default
alter database postgres set work_mem = '4MB'
alter subscription sub set publication y with (refresh = false)
alter subscription sub set (slot_name = none)
alter subscription sub rename to sub2
create table n (a int primary key, b text)
create table n (a int references p, b int references t)
create table n (a int references p)
create table n (like t including all)
create table n () inherits (base)
create table n partition of par for values from (5) to (6)
create table n as select * from t
create temp table n (a int) on commit drop
create index on t (c)
create unique index n on t (c)
create index on only par (a)
create index on par (a)
create index concurrently n on t (c)
create unique index concurrently if not exists n on t (c)
create trigger n before insert on t for each row execute function tf()
create rule n as on insert to base do nothing
create policy n on t
create or replace view v as select 2 as a
create view n as select 1
create materialized view n as select 1
create type n as enum ('a')
create domain n as int
create role n
create sequence n
create statistics n on a, c from t
create publication n for table t, lone
create publication n for all tables
create schema n create table x (a int) create view w as select 1
create function n() returns int language sql as 'select 1'
create function n() returns int language sql begin atomic select 1; end
create database n
create tablespace n location '/nowhere'
create subscription n connection 'host=/nowhere' publication x
create subscription n connection 'host=/nowhere' publication x with (enabled = false)
create subscription n connection 'host=/nowhere' publication x with (connect = false)
create subscription n connection 'host=/nowhere' publication x with (create_slot = false)
drop table kid
drop table p0
drop table t cascade
drop index ti
drop index concurrently ti
drop view v
drop materialized view mv
drop sequence s
drop trigger tg on t
drop rule rr on base
drop policy pol on t
drop function one()
drop function tf() cascade
drop statistics st
drop type en
drop domain dc
drop publication pb
drop database if exists nothing
drop tablespace if exists nothing
drop subscription slotted
drop owned by joe
vacuum
vacuum t
vacuum (full) t
vacuum analyze t
analyze
analyze t
reindex index ti
reindex table t
reindex table par
reindex index pari
reindex schema public
reindex database postgres
reindex system postgres
reindex table concurrently t
reindex (concurrently) index ti
reindex (concurrently false) table t
cluster
cluster t
cluster t using ti
refresh materialized view mv
refresh materialized view concurrently mv
checkpoint
insert into lone values (1)
update lone set a = 1
delete from lone
merge into lone using p on lone.a = p.id when matched then delete
truncate lone
truncate t cascade
lock t in share mode
lock t in row share mode
comment on table t is 'x'
comment on column t.a is 'x'
comment on index ti is 'x'
comment on constraint ck on t is 'x'
comment on trigger tg on t is 'x'
comment on view v is 'x'
comment on sequence s is 'x'
grant select on t to joe
grant joe to postgres
reassign owned by joe to postgres
set work_mem = '4MB'
set role joe
set constraints all deferred
reset all
discard all
discard temp
discard plans
discard sequences
do $$ begin perform 1; end $$
do $$ begin commit; end $$
do $$ begin create temp table x (a int) on commit drop; end $$
call commits()
call plain()
commit prepared 'x'
rollback prepared 'x'
listen x
notify x
load 'plpgsql'
explain analyze delete from lone
