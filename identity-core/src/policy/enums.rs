//! Settings with a fixed set of values.

use super::value::setting_enums;

setting_enums! {
    /// When a resource that a connection does not manage comes under it.
    Adopt {
        /// Never.
        Never = "never",
        /// When a provisioning client finds it by a matching value.
        OnMatch = "on_match",
        /// When an administrator says so.
        Explicit = "explicit",
        /// All of them, when the connection is enabled.
        AllOnEnable = "all_on_enable",
    }
    /// Which attributes of users are kept.
    AttributeProfile {
        /// Names and e-mail addresses.
        Minimal = "minimal",
        /// Also phone numbers, title and address.
        Standard = "standard",
        /// All of RFC 7643.
        Extended = "extended",
    }
    /// Whether attributes of extension schemas are kept.
    CustomAttributes {
        /// They are not.
        Off = "off",
        /// Those of declared schemas are.
        Declared = "declared",
    }
    /// What happens to attributes that no schema knows.
    UnknownAttributes {
        /// They are passed over.
        Ignore = "ignore",
        /// They are refused.
        Reject = "reject",
    }
    /// Whether creating a user brings an earlier record back.
    Revive {
        /// It never does.
        Never = "never",
        /// A deleted one.
        Deleted = "deleted",
        /// A deleted or an inactive one.
        InactiveAndDeleted = "inactive_and_deleted",
    }
    /// What a deactivated user loses.
    DeactivationEffect {
        /// Its roles and groups.
        Strip = "strip",
        /// Nothing; it can use nothing.
        Suspend = "suspend",
    }
    /// What a deletion does.
    DeleteMode {
        /// Deactivates.
        Deactivate = "deactivate",
        /// Hides the record and frees its name.
        Soft = "soft",
        /// Removes the record.
        Hard = "hard",
    }
    /// What a provisioning client gets that asks for a deleted user.
    DeletedThenGet {
        /// An error.
        NotFound = "404",
        /// The user, inactive.
        InactiveResource = "inactive_resource",
    }
    /// What happens to values that were set by hand when the provisioning client sends others.
    Drift {
        /// They are overwritten.
        Overwrite = "overwrite",
        /// They stay.
        KeepManual = "keep_manual",
    }
    /// What the primary e-mail address is.
    PrimaryEmail {
        /// The user name.
        MustEqualUserName = "must_equal_user_name",
        /// Any address.
        Independent = "independent",
    }
    /// Whether an e-mail address may tie accounts together.
    EmailTrust {
        /// It may.
        Trusted = "trusted",
        /// One of a verified domain may.
        VerifiedDomains = "verified_domains",
        /// It may not.
        Untrusted = "untrusted",
        /// It may, unless it comes from Entra ID.
        ByIdpKind = "by_idp_kind",
    }
    /// How a new user signs in for the first time.
    FirstLogin {
        /// By single sign-on.
        SsoOnly = "sso_only",
        /// After setting a password by "forgot password".
        PasswordReset = "password_reset",
        /// After an invitation.
        Invite = "invite",
    }
    /// What a group of the identity provider is here.
    GroupTarget {
        /// A group.
        Groups = "groups",
        /// A role.
        Roles = "roles",
        /// A pool.
        Pools = "pools",
    }
    /// What happens to members of a group that do not exist.
    UnknownMembers {
        /// They are passed over and recorded.
        Ignore = "ignore",
        /// The change is refused.
        Reject = "reject",
        /// They are passed over when the group is created, later the change is refused.
        IgnoreOnCreate = "ignore_on_create",
    }
    /// Whether people can be invited.
    Invites {
        /// They can.
        Allow = "allow",
        /// They cannot.
        Deny = "deny",
    }
    /// Where licenses come from.
    LicenseSource {
        /// There are none.
        None = "none",
        /// They are given by hand.
        Manual = "manual",
        /// They follow from groups.
        Mapping = "mapping",
        /// The provisioning client sends them.
        Scim = "scim",
    }
    /// Which users and groups a provisioning client sees.
    ListScope {
        /// Those that its connection manages.
        Managed = "managed",
        /// All of the organization.
        All = "all",
    }
    /// Whether managed users and groups can be changed by hand.
    ManualUpdates {
        /// They cannot.
        Deny = "deny",
        /// They can, and the provisioning client's next word undoes it.
        AllowUntilNextSync = "allow_until_next_sync",
        /// They can.
        Allow = "allow",
    }
    /// A value by which a person is found again.
    MatchKey {
        /// The provisioning client's id.
        ExternalId = "external_id",
        /// The user name.
        UserName = "user_name",
        /// An e-mail address.
        Email = "email",
    }
    /// What a SCIM PATCH does that replaces a value in an element that is not there.
    ReplaceMissing {
        /// Makes the element.
        Create = "create",
        /// Fails with `noTarget`.
        NoTarget = "no_target",
    }
    /// A part of the product that a plan can lack.
    Feature {
        /// Provisioning by SCIM.
        Scim = "scim",
        /// Provisioning of groups.
        Groups = "groups",
        /// Licenses.
        Licenses = "licenses",
    }
    /// What happens to what a replacement leaves out.
    Omitted {
        /// It is cleared.
        Clear = "clear",
        /// It stays.
        Keep = "keep",
    }
    /// What a reactivated user gets back.
    Restore {
        /// Nothing.
        None = "none",
        /// What it had.
        Previous = "previous",
    }
    /// What an empty list of roles means in a replacement.
    EmptyRoles {
        /// The same as none at all: roles stay.
        Keep = "keep",
        /// The default role.
        ResetToDefault = "reset_to_default",
    }
    /// Treatment of a list in which a provisioning client marks several elements as primary.
    RepeatedPrimary {
        /// The last one is.
        LastWins = "last_wins",
        /// It is refused.
        Reject = "reject",
    }
    /// Where roles come from.
    RolesSource {
        /// The attribute `roles`.
        ScimRoles = "scim_roles",
        /// Groups.
        Groups = "groups",
        /// This service alone.
        CoreOnly = "core_only",
    }
    /// What happens to roles that this service does not know.
    UnknownValues {
        /// They are kept and returned, without effect.
        Keep = "keep",
        /// They are refused.
        Reject = "reject",
    }
    /// What happens to the users of a deleted connection.
    Teardown {
        /// They stay as they are.
        Keep = "keep",
        /// Nobody manages them any more.
        Release = "release",
        /// They are deactivated.
        Deactivate = "deactivate",
    }
    /// What a user name is.
    UserNameFormat {
        /// An e-mail address.
        Email = "email",
        /// Any text.
        Any = "any",
    }
}
