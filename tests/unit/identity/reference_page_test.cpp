// Room: identity. The code of docs/reference/credentials.md.
#include "entrada/chained_credential.hpp"
#include "entrada/client_certificate_credential.hpp"
#include "entrada/credential_report.hpp"
#include "entrada/managed_identity_credential.hpp"
#include "entrada/static_token_credential.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace {

// [token]
/// A managed identity on Azure, a certificate elsewhere.
std::shared_ptr<entrada::token_credential> make_credential() {
    entrada::client_certificate_options elsewhere{
        .tenant_id = "contoso.example", .client_id = "00000000-0000-0000-0000-000000000000", .certificate_path = "app.pem"};
    return std::make_shared<entrada::chained_credential>(std::vector<std::shared_ptr<entrada::token_credential>>{
        std::make_shared<entrada::managed_identity_credential>(entrada::managed_identity_options{.probe = true}),
        std::make_shared<entrada::client_certificate_credential>(std::move(elsewhere))});
}

void tell(entrada::token_credential& credential, std::ostream& out) {
    const auto token = credential.get_token({}); // for Redis, within 15 s
    if (token) {
        out << credential.source() << " signed in\n";
        return;
    }
    out << token.error().detail() << '\n';
    if (const auto* report = entrada::credential_report_of(token.error()))
        for (const auto& attempt : report->attempts()) out << attempt.credential << ": " << to_string(attempt.what) << '\n';
}
// [/token]

TEST(reference_page, shows_code_that_works) {
    ASSERT_NE(make_credential(), nullptr);
    std::ostringstream out;
    entrada::static_token_credential works({.token = entrada::secret_string("t"), .expires_on = {}, .refresh_on = std::nullopt});
    tell(works, out);
    entrada::chained_credential fails({std::make_shared<entrada::client_certificate_credential>(
        entrada::client_certificate_options{.tenant_id = "t", .client_id = "c", .certificate_path = "/nowhere.pem"})});
    tell(fails, out);
    EXPECT_THAT(out.str(),
                testing::StartsWith("StaticTokenCredential signed in\nClientCertificateCredential failed: the certificate "
                                    "file /nowhere.pem cannot be used: No such file"));
    EXPECT_THAT(out.str(), testing::EndsWith("ClientCertificateCredential: failed\n"));
}

} // namespace
