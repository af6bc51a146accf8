create table mail_positions (
    account_id uuid not null references channel_accounts, folder text not null, uid_validity bigint not null,
    uid bigint not null, read_at timestamptz not null default now(), primary key (account_id, folder))
