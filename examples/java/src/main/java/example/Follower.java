package example;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import roster.identity.v1.Change;
import roster.identity.v1.WatchRequest;
import roster.identity.v1.WatchResponse;

/** Follows the changes, from where the last run of this service ended, for as long as it runs. */
final class Follower implements Runnable {
  /** Milliseconds before the stream is opened again, at first and at most. */
  private static final long FIRST_WAIT = 50, LONGEST_WAIT = 5_000;

  private final Roster roster;
  private final Checks checks;
  private final Path state;
  private WatchRequest start = WatchRequest.getDefaultInstance();
  private long wait = FIRST_WAIT;

  Follower(Roster roster, Checks checks, Path state) throws IOException {
    this.roster = roster;
    this.checks = checks;
    this.state = state;
    if (Files.exists(state)) {
      start = WatchRequest.newBuilder().setResumeToken(Files.readString(state)).build();
    }
  }

  @Override
  public void run() {
    try {
      while (true) {
        receive();
        Thread.sleep(ThreadLocalRandom.current().nextLong(wait / 2, wait));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Handles what one stream sends until it ends. */
  private void receive() throws IOException {
    try {
      for (Iterator<WatchResponse> stream = roster.watch(start); stream.hasNext(); ) {
        WatchResponse response = stream.next();
        wait = FIRST_WAIT;
        checks.apply(response);
        response.getChangesList().forEach(Follower::handle);
        start = WatchRequest.newBuilder().setResumeToken(response.getResumeToken()).build();
        keep(response.getResumeToken());
      }
    } catch (StatusRuntimeException ended) {
      System.err.println("the stream ended: " + ended.getStatus().getCode());
      if (ended.getStatus().getCode() == Status.Code.OUT_OF_RANGE) { // RESYNC_REQUIRED: the log does not go on from there
        resync();
      }
    } finally {
      checks.distrust();
    }
  }

  /** Does what the service has to do at a change, for example ends the sessions of a user who is deactivated. */
  private static void handle(Change change) {
    String kind = change.getEntityType().name().replaceFirst("ENTITY_TYPE_", "").toLowerCase(Locale.ROOT);
    System.out.printf("change %d.%d %s %s%n", change.getRevision(), change.getSequence(), kind, change.getEntityId());
  }

  /** Begins anew at the present revision. A service with a copy of users reads it here, all pages. */
  private void resync() {
    try {
      long revision = roster.revision();
      checks.forget();
      start = WatchRequest.newBuilder().setAfterRevision(revision).build();
      System.out.println("resync " + revision);
    } catch (StatusRuntimeException away) {
      System.err.println("no snapshot: " + away.getStatus().getCode()); // the next stream asks for it again
    }
  }

  /** Keeps the token, also if the machine stops in between. With a database: in the transaction of `handle`. */
  private void keep(String token) throws IOException {
    Path next = state.resolveSibling(state.getFileName() + ".new");
    Files.writeString(next, token);
    Files.move(next, state, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
