//! Laws of waiting: whoever waits is woken for everything that comes after their token.

use super::SourceUnderTest;
use super::reading::{A, B, beginning, head, read};

/// Nobody waits for what they could read.
pub async fn what_is_there_has_arrived(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    let start = beginning(&*source).await;
    subject.add(&[A]).await;
    source.arrived(&start).await;
}

/// Each of many that wait is woken.
pub async fn what_comes_while_somebody_waits_is_not_missed(subject: &dyn SourceUnderTest) {
    let source = subject.source();
    subject.add(&[A]).await;
    let end = head(&*source).await;
    let waiting = futures::future::join_all((0..10).map(|_| source.arrived(&end)));
    tokio::join!(waiting, subject.add(&[B]));
}

/// One reads, one writes, and nobody sleeps.
pub async fn nothing_that_comes_between_reading_and_waiting_is_missed(subject: &dyn SourceUnderTest) {
    const COUNT: u64 = 50;
    let source = subject.source();
    let start = beginning(&*source).await;
    let writing = async {
        for _ in 0..COUNT {
            subject.add(&[A]).await;
            tokio::task::yield_now().await;
        }
    };
    let reading = async {
        let mut at = start;
        while at.position.value() < COUNT {
            let page = read(&*source, &at, &[], 10).await;
            if page.next == at {
                source.arrived(&at).await;
            }
            at = page.next;
        }
    };
    tokio::join!(writing, reading);
}
