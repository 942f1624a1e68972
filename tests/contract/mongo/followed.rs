//! The log as a source.

use tests::laws::message_source::LogUnderTest;
use tests::stores::Mongo;

tests::message_source_laws!(FollowedLog);

type FollowedLog = LogUnderTest<Mongo>;
