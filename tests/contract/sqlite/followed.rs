//! The log as a source.

use tests::laws::message_source::LogUnderTest;
use tests::stores::Sqlite;

tests::message_source_laws!(FollowedLog);

type FollowedLog = LogUnderTest<Sqlite>;
