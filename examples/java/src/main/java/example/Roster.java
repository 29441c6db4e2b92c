package example;

import com.google.protobuf.Duration;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import roster.identity.v1.AccessCheck;
import roster.identity.v1.AccessServiceGrpc;
import roster.identity.v1.ChangeServiceGrpc;
import roster.identity.v1.CheckAccessRequest;
import roster.identity.v1.CheckAccessResponse;
import roster.identity.v1.GetOrganizationRequest;
import roster.identity.v1.IntrospectTokenRequest;
import roster.identity.v1.IntrospectTokenResponse;
import roster.identity.v1.OrganizationServiceGrpc;
import roster.identity.v1.SubjectKind;
import roster.identity.v1.TokenServiceGrpc;
import roster.identity.v1.WatchRequest;
import roster.identity.v1.WatchResponse;

/** The calls of this service. */
final class Roster {
  private static final String AUDIENCE = "reports";
  private static final long CALL_SECONDS = 5;
  private static final Duration HEARTBEAT = Duration.newBuilder().setSeconds(2).build();

  private final AccessServiceGrpc.AccessServiceBlockingStub access;
  private final ChangeServiceGrpc.ChangeServiceBlockingStub changes;
  private final OrganizationServiceGrpc.OrganizationServiceBlockingStub organizations;
  private final TokenServiceGrpc.TokenServiceBlockingStub tokens;

  Roster(String endpoint, String token) {
    String[] parts = endpoint.split("://");
    ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forTarget(parts[1]).keepAliveTime(20, TimeUnit.SECONDS);
    if (parts[0].equals("http")) {
      builder.usePlaintext();
    }
    ManagedChannel channel = builder.build();
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    ClientInterceptor bearer = MetadataUtils.newAttachHeadersInterceptor(metadata);
    access = AccessServiceGrpc.newBlockingStub(channel).withInterceptors(bearer);
    changes = ChangeServiceGrpc.newBlockingStub(channel).withInterceptors(bearer);
    organizations = OrganizationServiceGrpc.newBlockingStub(channel).withInterceptors(bearer);
    tokens = TokenServiceGrpc.newBlockingStub(channel).withInterceptors(bearer);
  }

  /** Returns the subject of an access token for this service, as Roster introspects it. */
  Optional<String> user(String token) {
    if (token.isEmpty()) {
      return Optional.empty();
    }
    IntrospectTokenRequest request = IntrospectTokenRequest.newBuilder().setToken(token).build();
    IntrospectTokenResponse found = tokens.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS).introspectToken(request);
    boolean isForUs = found.getActive()
        && found.getKind() == SubjectKind.SUBJECT_KIND_USER
        && found.getAudienceList().contains(AUDIENCE);
    return isForUs ? Optional.of(found.getSubject()) : Optional.empty();
  }

  CheckAccessResponse check(String user, String permission) {
    AccessCheck check = AccessCheck.newBuilder().setUserId(user).setPermission(permission).build();
    CheckAccessRequest request = CheckAccessRequest.newBuilder().setCheck(check).build();
    return access.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS).checkAccess(request);
  }

  Iterator<WatchResponse> watch(WatchRequest start) {
    return changes.watch(start.toBuilder().setHeartbeatInterval(HEARTBEAT).build());
  }

  long revision() {
    return organizations
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
        .getOrganization(GetOrganizationRequest.getDefaultInstance())
        .getOrganization()
        .getRevision();
  }
}
