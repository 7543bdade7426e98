// A deployment on disk in which nothing is wrong, to be spoilt by each test.
#pragma once

#include <sys/stat.h>

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "core/check/deployment.hpp"
#include "core/check/judge.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace scep::test {

inline constexpr std::chrono::hours kDay{24};

// Signs with an EC CA: quick. Members may be replaced before write().
struct World {
    TempDir dir{};
    Identity ca = make_ca(ec_key());
    Identity ra = make_ra(shared_rsa_key(), ca);
    Identity tls = make_tls({});
    std::string challenge = "Zk4mS0pTq8vWc2yRb6nLd9xHgA";
    std::string config = R"([server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"
state_path = "state.db"
audit_key_path = "audit.key"
[issuer.iss-local]
ca_cert_path = "ca.crt"
ca_key_path = "ca.key"
[certificate_profile.devices]
max_ttl = "30d"
[scep.corp]
issuer_id = "iss-local"
profile_id = "devices"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
require_signer_key = true
)";

    Identity make_tls(CertificateRecipe recipe) const {
        recipe.subject = "CN=localhost";
        if (recipe.ekus.empty())
            recipe.ekus = {oid::kServerAuth};
        if (recipe.subject_alt_names.empty())
            recipe.subject_alt_names = {must(x509::general_name_from_text("dns:localhost"))};
        return make_identity(recipe, ec_key(), &ca);
    }

    // A CA by another recipe; RA and TLS certificate are issued by it.
    void replace_ca(CertificateRecipe recipe, const Key& key = ec_key()) {
        recipe.subject = "CN=Test CA";
        ca = make_identity(recipe, key, nullptr);
        ra = make_ra(shared_rsa_key(), ca);
        tls = make_tls({});
    }

    void replace_ra(const CertificateRecipe& recipe, const Key& key = shared_rsa_key()) {
        ra = make_identity(recipe, key, &ca);
    }

    void write() const {
        write_identity("ca", ca);
        write_identity("ra", ra);
        write_identity("tls", tls);
        dir.write("challenge", challenge + "\n");
        write_config(config);
    }

    void write_config(const std::string& text, ::mode_t mode = 0600) const {
        dir.write("certctl-scep.toml", text, mode);
    }

    // The configuration with `from` changed to `to`, written.
    void change_config(std::string_view from, std::string_view to) {
        const std::size_t place = config.find(from);
        REQUIRE(place != std::string::npos);
        config.replace(place, from.size(), to);
        write_config(config);
    }

    // One more profile like the first, with a challenge file of its own.
    void add_profile(const std::string& name, const std::string& challenge_file) {
        const std::size_t first = config.find("[scep.");
        std::string table = config.substr(first, config.find("[scep.", first + 1) - first);
        table.replace(0, table.find(']'), "[scep." + name);
        const std::string_view mine = "\"challenge\"";
        table.replace(table.find(mine), mine.size(), '"' + challenge_file + '"');
        config += table;
    }

    void write_identity(const std::string& name, const Identity& identity) const {
        dir.write(name + ".crt", x509::to_pem(identity.certificate), 0644);
        dir.write(name + ".key", as_text(identity.key->to_pkcs8_pem()));
    }

    void set_mode(std::string_view name, ::mode_t mode) const {
        REQUIRE(::chmod((dir / name).c_str(), mode) == 0);
    }

    check::Deployment load(const std::filesystem::path& credentials = {},
                           check::StateProbe probe = nullptr) const {
        return check::load_deployment(
            must(config::load_config(dir / "certctl-scep.toml")), credentials, {.state = probe});
    }
};

inline std::vector<check::Finding> judge(const check::Deployment& deployment) {
    return check::check_deployment(deployment, kNow, 30 * kDay);
}

// The configuration as it stands on disk, with every rule's verdict.
inline check::Report report_on(const World& world, const check::Judging& judging = {.now = kNow}) {
    const config::Reading reading = config::read_config_file(world.dir / "certctl-scep.toml");
    return check::judge(reading, check::load_deployment(reading.config, {}), judging);
}

inline std::set<std::string> ids_of(const std::vector<check::Finding>& findings) {
    std::set<std::string> out;
    for (const check::Finding& finding : findings)
        out.insert(finding.id);
    return out;
}

}  // namespace scep::test
