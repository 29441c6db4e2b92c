package example;

import java.util.HashMap;
import java.util.Map;
import roster.identity.v1.Change;
import roster.identity.v1.CheckAccessResponse;
import roster.identity.v1.WatchResponse;

/** Access checks, remembered until a change may have made them wrong. */
final class Checks {
  /** Answers that are remembered at most. */
  private static final int REMEMBERED = 100_000;
  /** Nanoseconds for which remembered answers hold after the stream was heard. */
  private static final long TRUST = 6_000_000_000L;

  private record Question(String user, String permission) {}

  /** `holds`: nanoseconds for which it holds without a change, as a grant of the user expires; null: without end. */
  private record Answer(boolean allowed, long asked, Long holds) {
    boolean isValid(long now) {
      return holds == null || now - asked < holds;
    }
  }

  private final Roster roster;
  private final Map<Question, Answer> answers = new HashMap<>();
  /** The revision up to which changes have been applied. */
  private long applied;
  /** When the stream said last that nothing is missing; null: it is not followed. */
  private Long heard;

  Checks(Roster roster) {
    this.roster = roster;
  }

  boolean check(String user, String permission) {
    Question question = new Question(user, permission);
    long now = System.nanoTime();
    Answer known = known(question, now);
    return known != null ? known.allowed() : ask(question, now);
  }

  private synchronized Answer known(Question question, long now) {
    Answer answer = answers.get(question);
    boolean isTrusted = heard != null && now - heard < TRUST;
    return answer != null && isTrusted && answer.isValid(now) ? answer : null;
  }

  private boolean ask(Question question, long now) {
    CheckAccessResponse response = roster.check(question.user(), question.permission());
    var valid = response.getValidFor();
    Long holds = response.hasValidFor() ? valid.getSeconds() * 1_000_000_000L + valid.getNanos() : null;
    synchronized (this) {
      if (response.getRevision() >= applied) { // else a change has overtaken it
        if (answers.size() >= REMEMBERED) {
          answers.clear();
        }
        answers.put(question, new Answer(response.getAllowed(), now, holds));
      }
    }
    return response.getAllowed();
  }

  synchronized void apply(WatchResponse response) {
    for (Change change : response.getChangesList()) {
      switch (change.getEntityType()) {
        case ENTITY_TYPE_TOKEN, ENTITY_TYPE_SCHEMA -> {} // they decide nothing here
        case ENTITY_TYPE_USER -> answers.keySet().removeIf(it -> it.user().equals(change.getEntityId()));
        default -> answers.clear();
      }
    }
    applied = Math.max(applied, response.getRevision());
    if (response.getRevision() >= response.getCurrentRevision()) {
      heard = System.nanoTime();
    }
  }

  /** Asks Roster each time until the stream is back. */
  synchronized void distrust() {
    heard = null;
  }

  synchronized void forget() {
    answers.clear();
    applied = 0;
  }
}
