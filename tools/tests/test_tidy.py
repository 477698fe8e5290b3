"""Plants one violation of each rule in a small house and expects tidy to find it, and nothing else."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS))
import tidy  # noqa: E402

HEAD = "// A thing.\n// Room: {}.\n#pragma once\n"
UNFINISHED = "TO" + "DO"


def header(room, *includes):
    return HEAD.format(room) + "".join(f"#include {i}\n" for i in includes)


class TidyTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.plant("tools/layers.toml", (TOOLS / "layers.toml").read_text())
        self.plant("include/entrada/errc.hpp", header("base"))
        self.plant("include/entrada/client.hpp", header("client", '"entrada/errc.hpp"'))
        self.plant("include/entrada/credentials_provider.hpp", header("conn", '"entrada/errc.hpp"'))
        self.plant("include/entrada/token_manager.hpp", header("entra", '"entrada/credentials_provider.hpp"'))
        self.plant("src/net/stream.hpp", header("net"))
        self.plant("src/net/http_client.hpp", header("net"))

    def plant(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def expect(self, *texts):
        found = [str(f) for f in tidy.findings_in(self.root)]
        self.assertEqual(len(found), len(texts), found)
        for line, text in zip(found, texts):
            self.assertIn(text, line)

    def test_a_clean_house_has_no_findings(self):
        self.plant("src/cache/a.cpp", '#include "entrada/client.hpp"\n#include "entrada/errc.hpp"\nint f(int a) { return a; }\n')
        self.expect()

    def test_a_room_must_not_include_a_room_above_it(self):
        self.plant("src/net/a.cpp", '#include "entrada/client.hpp"\n')
        self.expect('"entrada/client.hpp": net may not use client')

    def test_a_room_must_not_include_private_headers_of_a_room_it_does_not_name(self):
        self.plant("src/cache/a.cpp", '#include "net/stream.hpp"\n')
        self.expect("cache may not use net")

    def test_identity_may_use_of_net_only_the_http_interface(self):
        self.plant("src/identity/a.cpp", '#include "net/http_client.hpp"\n#include "net/stream.hpp"\n')
        self.expect("identity may use of net only")

    def test_entra_may_use_of_conn_only_the_provider(self):
        self.plant("src/conn/link.hpp", header("conn"))
        self.plant("src/entra/a.cpp", '#include "entrada/credentials_provider.hpp"\n#include "conn/link.hpp"\n')
        self.expect("entra may use of conn only")

    def test_a_public_header_includes_no_private_one(self):
        self.plant("include/entrada/bad.hpp", header("client", '"net/stream.hpp"'))
        self.expect("a public header includes a private one")

    def test_apps_use_private_headers_of_their_rooms_only(self):
        self.plant("apps/cli/a.cpp", '#include "net/stream.hpp"\n#include "entrada/client.hpp"\n')
        self.expect("apps/cli may not use private headers of net")

    def test_apps_use_only_the_apps_they_name(self):
        self.plant("apps/emulator/a.cpp", '#include "cli/arguments.hpp"\n')
        self.expect("apps/emulator may not use apps/cli")

    def test_examples_see_public_headers_only(self):
        self.plant("examples/a.cpp", '#include <entrada/client.hpp>\n#include "net/stream.hpp"\n')
        self.expect("examples are users")

    def test_parent_folders_and_angles_are_refused(self):
        self.plant("src/net/a.cpp", '#include "../net/stream.hpp"\n#include <entrada/errc.hpp>\n')
        self.expect("not by ../", "included in quotes")

    def test_headers_say_what_they_are(self):
        self.plant("src/net/a.hpp", "#pragma once\n")
        self.plant("src/net/b.hpp", header("base"))
        self.plant("src/net/c.hpp", "// A thing.\n// Room: net.\n")
        self.expect("begins without", "lies in another", "no #pragma once")

    def test_the_header_of_all_headers_is_whole(self):
        self.plant("include/entrada/detail/inner.hpp", header("client"))
        self.plant("include/entrada/entrada.hpp", header("client", *(f'"entrada/{n}.hpp"' for n in ("errc", "client"))))
        self.expect('does not include "entrada/credentials_provider.hpp"', 'does not include "entrada/token_manager.hpp"')

    def test_heavy_asio_stays_out_of_public_headers(self):
        self.plant("include/entrada/bad.hpp", header("client", "<boost/asio/deferred.hpp>", "<boost/asio/ip/tcp.hpp>"))
        self.expect("too heavy")

    def test_sans_io_code_reads_no_clock_and_opens_no_socket(self):
        self.plant("src/conn/setup_fsm.cpp", "#include <sys/socket.h>\nauto f() { return std::chrono::steady_clock::now(); }\n")
        self.plant("src/resp/a.cpp", '// steady_clock::now in prose is fine\nauto f() { return getenv("HOME"); }\n')
        self.expect("sys/", "steady_clock::now", "getenv")

    def test_the_library_never_prints(self):
        self.plant("src/net/a.cpp", 'void f() { std::cout << 1; }\nvoid g() { std::printf("x"); }\nvoid h() { snprintf(0, 0, "std::cout"); }\n')
        self.expect("std::cout", "printf")

    def test_long_files_and_functions_are_found(self):
        body = "    step();\n" * 69
        self.plant("src/net/long.cpp", "namespace a {\nclass b {\n" + f"void f() {{\n{body}}}\n" + "};\n}\n")
        self.plant("src/net/short.cpp", "namespace a {\n" + f"void f() {{\n{body[:-12]}}}\n" + "}\n")
        self.plant("src/net/big.cpp", "int a;\n" * 801)
        self.expect("801 lines", "a function of 71 lines")

    def test_functions_are_told_from_classes_and_tables(self):
        table = "const std::map<int, int> table = {\n" + "    {1, 2},\n" * 100 + "};\n"
        type_ = "class big : public base<int(int)> {\n" + "    int member_;\n" * 100 + "};\n"
        self.plant("src/net/a.cpp", table + type_)
        self.expect()

    def test_unfinished_marks_are_found(self):
        self.plant("src/net/a.cpp", f"// {UNFINISHED}: later\n")
        self.plant("README.md", f"{UNFINISHED}\n")
        self.expect("unfinished", "unfinished")

    def test_links_must_lead_somewhere(self):
        self.plant("docs/a.md", "# The thing: itself\n[a](b.md) [c](a.md#the-thing-itself) [d](#nothing) [e](https://example.com)\n")
        self.expect("#nothing", "link to b.md")

    def test_lock_files_name_no_registry(self):
        self.plant("tests/interop/package-lock.json", '{"resolved": "x"}')
        self.expect("names a registry")


if __name__ == "__main__":
    unittest.main()
