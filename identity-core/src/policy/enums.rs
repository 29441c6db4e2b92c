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
    /// Attributes of users that are kept.
    AttributeProfile {
        /// Names and e-mail addresses.
        Minimal = "minimal",
        /// Also phone numbers, title and address.
        Standard = "standard",
        /// All of RFC 7643.
        Extended = "extended",
    }
    /// Extension schemas whose attributes are kept.
    CustomAttributes {
        /// None.
        Off = "off",
        /// Declared schemas.
        Declared = "declared",
    }
    /// Handling of attributes that no schema knows.
    UnknownAttributes {
        /// They are passed over.
        Ignore = "ignore",
        /// They are refused.
        Reject = "reject",
    }
    /// Earlier record that creating a user brings back.
    Revive {
        /// None.
        Never = "never",
        /// A deleted one.
        Deleted = "deleted",
        /// A deleted or an inactive one.
        InactiveAndDeleted = "inactive_and_deleted",
    }
    /// Access that a deactivated user loses.
    DeactivationEffect {
        /// Its roles and groups.
        Strip = "strip",
        /// Nothing; it can use nothing.
        Suspend = "suspend",
    }
    /// Effect of a deletion.
    DeleteMode {
        /// Deactivates.
        Deactivate = "deactivate",
        /// Hides the record and frees its name.
        Soft = "soft",
        /// Removes the record.
        Hard = "hard",
    }
    /// Answer to a SCIM client that asks for a deleted user.
    DeletedThenGet {
        /// An error.
        NotFound = "404",
        /// The user, inactive.
        InactiveResource = "inactive_resource",
    }
    /// Handling of manually set values when the SCIM client sends others.
    Drift {
        /// They are overwritten.
        Overwrite = "overwrite",
        /// They stay.
        KeepManual = "keep_manual",
    }
    /// Value that the primary e-mail address must have.
    PrimaryEmail {
        /// The user name.
        MustEqualUserName = "must_equal_user_name",
        /// Any address.
        Independent = "independent",
    }
    /// Trust in e-mail addresses for linking accounts.
    EmailTrust {
        /// All addresses.
        Trusted = "trusted",
        /// Addresses of verified domains.
        VerifiedDomains = "verified_domains",
        /// No address.
        Untrusted = "untrusted",
        /// All addresses but those from Entra ID.
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
    /// Kind of object that a group of the identity provider becomes.
    GroupTarget {
        /// A group.
        Groups = "groups",
        /// A role.
        Roles = "roles",
        /// A pool.
        Pools = "pools",
    }
    /// Handling of members of a group that do not exist.
    UnknownMembers {
        /// They are passed over and recorded.
        Ignore = "ignore",
        /// The change is refused.
        Reject = "reject",
        /// They are passed over when the group is created, later the change is refused.
        IgnoreOnCreate = "ignore_on_create",
    }
    /// Permission to invite people.
    Invites {
        /// Granted.
        Allow = "allow",
        /// Refused.
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
    /// Users and groups that a SCIM client sees.
    ListScope {
        /// Users and groups that its connection manages.
        Managed = "managed",
        /// All of the organization.
        All = "all",
    }
    /// Permission for manual changes of managed users and groups.
    ManualUpdates {
        /// Refused.
        Deny = "deny",
        /// Granted, until the SCIM client's next change undoes them.
        AllowUntilNextSync = "allow_until_next_sync",
        /// Granted.
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
    /// Effect of a SCIM PATCH that replaces a value in an element that does not exist.
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
    /// Handling of values that a replacement leaves out.
    Omitted {
        /// It is cleared.
        Clear = "clear",
        /// It stays.
        Keep = "keep",
    }
    /// Access that a reactivated user gets back.
    Restore {
        /// Nothing.
        None = "none",
        /// Access that the user had before.
        Previous = "previous",
    }
    /// Meaning of an empty list of roles in a replacement.
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
    /// Handling of roles that this service does not know.
    UnknownValues {
        /// They are kept and returned, without effect.
        Keep = "keep",
        /// They are refused.
        Reject = "reject",
    }
    /// Handling of the users of a deleted connection.
    Teardown {
        /// They stay as they are.
        Keep = "keep",
        /// Nobody manages them any more.
        Release = "release",
        /// They are deactivated.
        Deactivate = "deactivate",
    }
    /// Format of a user name.
    UserNameFormat {
        /// An e-mail address.
        Email = "email",
        /// Any text.
        Any = "any",
    }
}
