//! Fields that an input has values of.

use crate::directory::input::{UserField, UserInput};

impl UserInput {
    /// Tells whether it has a value of the field.
    pub fn gives(&self, field: UserField) -> bool {
        let profile = &self.profile;
        match field {
            UserField::UserName => !self.user_name.is_empty(),
            UserField::ExternalId => !self.external_id.is_empty(),
            UserField::Active => self.active.is_some(),
            UserField::BreakGlass => self.break_glass.is_some(),
            UserField::Name => profile.name.is_some(),
            UserField::DisplayName => profile.display_name.is_some(),
            UserField::NickName => profile.nick_name.is_some(),
            UserField::ProfileUrl => profile.profile_url.is_some(),
            UserField::Title => profile.title.is_some(),
            UserField::UserType => profile.user_type.is_some(),
            UserField::PreferredLanguage => profile.preferred_language.is_some(),
            UserField::Locale => profile.locale.is_some(),
            UserField::Timezone => profile.timezone.is_some(),
            UserField::Emails => !profile.emails.is_empty(),
            UserField::PhoneNumbers => !profile.phone_numbers.is_empty(),
            UserField::Ims => !profile.ims.is_empty(),
            UserField::Photos => !profile.photos.is_empty(),
            UserField::Addresses => !profile.addresses.is_empty(),
            UserField::Entitlements => !profile.entitlements.is_empty(),
            UserField::Roles => !profile.roles.is_empty(),
            UserField::X509Certificates => !profile.x509_certificates.is_empty(),
            UserField::Enterprise => profile.enterprise.is_some(),
            UserField::Extensions => !profile.extensions.is_empty(),
        }
    }
}
