//! Connections that point reads share. None of them needs a connection for itself, so rather than wait for a free one they are sent
//! one behind the other: fewer wake-ups on both sides, and nothing to be cleaned up when somebody does not wait for the answer.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{connect::Client, pool::Pool};
use crate::{
    error::{Error, Result},
    store::{Options, failure::unavailable},
};

/// A server process works on one statement at a time, so there is one for each core, but not more than leaves others to the rest.
const MAX_SHARED: usize = 4;

/// The shared connections.
pub(super) struct Shared {
    slots: Vec<Arc<Slot>>,
    next: AtomicUsize,
    closed: AtomicBool,
}

/// A slot for one of them. It is made when it is needed, and again when it was lost.
#[derive(Default)]
struct Slot {
    client: Mutex<Option<Arc<Client>>>,
    /// Held by whoever makes it, so that the others wait.
    making: tokio::sync::Mutex<()>,
}

impl Shared {
    /// How many of the connections of these options are shared.
    pub(super) fn count(options: &Options) -> usize {
        (options.connections / 4).clamp(1, MAX_SHARED)
    }

    pub(super) fn new(options: &Options) -> Self {
        Self {
            slots: (0..Self::count(options)).map(|_| Arc::default()).collect(),
            next: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// Counts those that are open.
    pub(super) fn open(&self) -> usize {
        self.slots.iter().filter(|slot| slot.open().is_some()).count()
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// One of them: the next in turn, unless it is lost or late and another is not. A lost one is made anew meanwhile.
    pub(super) async fn get(&self, pool: &Pool) -> Result<Arc<Client>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = self.in_turn(number);
        let mine = in_turn.open();
        if let Some(client) = mine.as_ref().filter(|it| !it.answers().is_late()) {
            return Ok(Arc::clone(client));
        }
        let mut others = self.slots.iter().filter_map(|slot| slot.open());
        let Some(other) = others.find(|it| !it.answers().is_late()) else {
            return self.at(number, pool).await;
        };
        if mine.is_none() {
            let (slot, pool) = (Arc::clone(in_turn), pool.clone());
            tokio::spawn(async move {
                if let Ok(_making) = slot.making.try_lock() {
                    // A failure is that of whoever needs it.
                    let _ = slot.make(&pool).await;
                }
            });
        }
        Ok(other)
    }

    /// The one of this number, counted round and round.
    pub(super) async fn at(&self, number: usize, pool: &Pool) -> Result<Arc<Client>> {
        let slot = self.in_turn(number);
        if let Some(client) = slot.open() {
            return Ok(client);
        }
        let _making = slot.making.lock().await;
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Unavailable("the store is closed".into()));
        }
        slot.make(pool).await
    }

    fn in_turn(&self, number: usize) -> &Arc<Slot> {
        &self.slots[number % self.slots.len()]
    }

    /// Closes them when they are done.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for slot in &self.slots {
            slot.client().take();
        }
    }
}

impl Slot {
    /// Makes the connection, unless somebody else has made it meanwhile.
    async fn make(&self, pool: &Pool) -> Result<Arc<Client>> {
        if let Some(client) = self.open() {
            return Ok(client);
        }
        let client = Arc::new(pool.connector().connect().await.map_err(unavailable)?);
        *self.client() = Some(Arc::clone(&client));
        Ok(client)
    }

    fn open(&self) -> Option<Arc<Client>> {
        self.client()
            .as_ref()
            .filter(|client| !client.is_closed())
            .cloned()
    }

    fn client(&self) -> std::sync::MutexGuard<'_, Option<Arc<Client>>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
