select
    sqlite_version() as version,
    (select journal_mode from pragma_journal_mode) as journal_mode,
    (select synchronous from pragma_synchronous) as synchronous,
    (select page_size from pragma_page_size) as page_size
