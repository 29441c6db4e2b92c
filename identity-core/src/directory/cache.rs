//! Answers that are remembered for a moment.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use crate::platform::Timestamp;

/// How long an answer is served from memory. Another instance may have changed what it says, so this is also how long a revoked
/// token or a suspended organization is still served there.
pub(super) const TTL_MICROS: i64 = 500_000;

/// Answers held at most; when that many are alive, all are forgotten rather than memory growing with the number of callers.
const CAPACITY: usize = 10_000;

/// Answers with a life of [`TTL_MICROS`], all of which [`TtlCache::forget`] drops at once.
pub(super) struct TtlCache<K, V> {
    state: Mutex<State<K, V>>,
}

/// Look-ups in a cache since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Look-ups that found an answer.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
}

struct State<K, V> {
    generation: Generation,
    answers: HashMap<K, Answer<V>>,
    stats: CacheStats,
}

struct Answer<V> {
    value: V,
    since: Timestamp,
    /// When it becomes wrong by itself, if that is known.
    until: Option<Timestamp>,
}

impl<V> Answer<V> {
    /// A clock that was set back must not make answers live on, hence the lower bound.
    fn is_alive(&self, now: Timestamp) -> bool {
        (0..TTL_MICROS).contains(&(now.0 - self.since.0)) && self.until.is_none_or(|until| now < until)
    }
}

/// When a lookup began, counted in calls of [`TtlCache::forget`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                generation: Generation(0),
                answers: HashMap::new(),
                stats: CacheStats::default(),
            }),
        }
    }

    /// The answer, if there is one that is young enough; else the generation in which a lookup begins now.
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Result<V, Generation> {
        let state = &mut *self.lock();
        match state.answers.get(key) {
            Some(answer) if answer.is_alive(now) => {
                state.stats.hits += 1;
                Ok(answer.value.clone())
            }
            _ => {
                state.stats.misses += 1;
                Err(state.generation)
            }
        }
    }

    /// Remembers an answer, unless something changed since its lookup began: then it may be an old one.
    pub(super) fn put(&self, begun: Generation, key: K, value: V, now: Timestamp) {
        self.put_until(begun, key, value, now, None);
    }

    /// The same of an answer that becomes wrong by itself at a time.
    pub(super) fn put_until(
        &self,
        begun: Generation,
        key: K,
        value: V,
        since: Timestamp,
        until: Option<Timestamp>,
    ) {
        let mut state = self.lock();
        if state.generation != begun {
            return;
        }
        if state.answers.len() >= CAPACITY {
            state.answers.retain(|_, answer| answer.is_alive(since));
        }
        if state.answers.len() >= CAPACITY {
            state.answers.clear();
        }
        state.answers.insert(key, Answer { value, since, until });
    }

    /// Counts look-ups.
    pub(super) fn stats(&self) -> CacheStats {
        self.lock().stats
    }

    /// Forgets everything, also what lookups under way will find.
    pub(super) fn forget(&self) {
        let mut state = self.lock();
        state.generation.0 += 1;
        state.answers.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<K, V>> {
        // No code that can panic runs under the lock, so a poisoned one still holds whole answers.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Generation, TTL_MICROS, TtlCache};
    use crate::platform::Timestamp;

    const START: Timestamp = Timestamp(1_000_000);

    fn begun(cache: &TtlCache<u8, &'static str>) -> Generation {
        cache.get(&1, START).expect_err("nothing is remembered yet")
    }

    #[test]
    fn an_answer_lives_for_its_ttl_and_no_longer() {
        let cache = TtlCache::new();
        cache.put(begun(&cache), 1, "yes", START);
        assert!(cache.get(&1, Timestamp(START.0 + TTL_MICROS - 1)).is_ok());
        assert!(cache.get(&1, Timestamp(START.0 + TTL_MICROS)).is_err());
        assert!(cache.get(&1, Timestamp(START.0 - 1)).is_err());
    }

    #[test]
    fn an_answer_that_becomes_wrong_by_itself_lives_until_then() {
        let cache = TtlCache::new();
        let until = Timestamp(START.0 + 10);
        cache.put_until(begun(&cache), 1, "yes", START, Some(until));
        assert!(cache.get(&1, Timestamp(until.0 - 1)).is_ok());
        assert!(cache.get(&1, until).is_err());
    }

    #[test]
    fn a_look_up_that_a_change_overtook_is_not_remembered() {
        let cache = TtlCache::new();
        let before = begun(&cache);
        cache.forget();
        cache.put(before, 1, "old", START);
        assert!(cache.get(&1, START).is_err());
    }

    #[test]
    fn a_full_cache_forgets_instead_of_growing() {
        let cache = TtlCache::new();
        for key in 0..=super::CAPACITY {
            let begun = cache.get(&key, START).expect_err("a new key");
            cache.put(begun, key, "x", START);
        }
        assert!(cache.lock().answers.len() <= super::CAPACITY);
    }
}
