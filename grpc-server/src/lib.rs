//! The gRPC door: translates identity.v1 messages to the core and back.
