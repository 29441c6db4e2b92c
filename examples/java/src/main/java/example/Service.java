package example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;

/** Serves a report to people with an access token for `reports` and a permission in Roster. README.md says how to run it. */
public final class Service {
  private final Roster roster;
  private final Checks checks;
  private final String permission;

  private Service(Roster roster, Checks checks, String permission) {
    this.roster = roster;
    this.checks = checks;
    this.permission = permission;
  }

  private record Outcome(int status, String text) {}

  private Outcome outcome(String authorization) {
    try {
      Optional<String> user = roster.user(authorization.replaceFirst("^Bearer ", ""));
      if (user.isEmpty()) {
        return new Outcome(401, "an access token is missing");
      }
      return checks.check(user.get(), permission)
          ? new Outcome(200, "the report for " + user.get())
          : new Outcome(403, permission + " is missing");
    } catch (StatusRuntimeException refused) {
      return new Outcome(503, "try again");
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("authorization");
    Outcome outcome = outcome(authorization == null ? "" : authorization);
    byte[] body = (outcome.text() + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(outcome.status(), body.length);
    try (exchange; var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  public static void main(String[] arguments) throws IOException {
    Roster roster = new Roster(System.getenv("ROSTER_ENDPOINT"), System.getenv("ROSTER_TOKEN"));
    Checks checks = new Checks(roster);
    Follower follower = new Follower(roster, checks, Path.of(setting("STATE", "watch.token")));
    Thread thread = new Thread(follower, "follower");
    thread.setDaemon(true);
    // A service that cannot keep where it is must not go on as if it did.
    thread.setUncaughtExceptionHandler((failed, cause) -> {
      cause.printStackTrace();
      System.exit(1);
    });
    thread.start();

    String[] listen = setting("LISTEN", "127.0.0.1:8090").split(":");
    HttpServer server = HttpServer.create(new InetSocketAddress(listen[0], Integer.parseInt(listen[1])), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    Service service = new Service(roster, checks, setting("PERMISSION", "organization.view"));
    server.createContext("/", service::serve);
    server.start();
    System.out.println("listening " + server.getAddress().getPort());
  }
}
