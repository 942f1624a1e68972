select
    (select application_id from pragma_application_id) as mark,
    (select user_version from pragma_user_version) as version,
    (select count(*) from sqlite_schema) as objects
