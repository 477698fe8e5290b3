"""Each difference between documents and code is found."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import docs_check  # noqa: E402


class DocsCheckTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.plant("include/entrada/errc.hpp", "enum class errc {\n    // A group, with commas.\n    timeout = 1, ///< x\n    gone,\n};\n")
        self.plant("src/base/errc.cpp", 'case errc::timeout: return "too late";\ncase errc::gone: return "went away";\n')
        self.plant("a.cpp", "int a;\n    // [core]\n    int b;\n    // [/core]\n")
        self.rows("| `timeout` | too late | wait |", "| `gone` | went away | come back |")

    def plant(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def rows(self, *rows):
        self.plant("TROUBLESHOOTING.md", "\n".join(rows) + "\n")

    def expect(self, *texts):
        found = docs_check.differences_in(self.root)
        self.assertEqual(len(found), len(texts), found)
        for line, text in zip(found, texts):
            self.assertIn(text, line)

    def test_agreeing_documents_pass(self):
        self.plant("README.md", "<!-- file: a.cpp#core -->\n```cpp\nint b;\n```\n")
        self.expect()

    def test_a_missing_row_is_found(self):
        self.rows("| `timeout` | too late | wait |")
        self.expect("no row for `gone`")

    def test_another_text_an_empty_remedy_and_a_dead_row_are_found(self):
        self.rows("| `timeout` | later | wait |", "| `gone` | went away |  |", "| `never` | was | x |")
        self.expect("`timeout` reads", "`gone` has no meaning", "`never` is no error code")

    def test_texts_of_credentials_without_a_row_are_found(self):
        self.plant("src/identity/a.cpp", 'constexpr std::string_view why = "the moon is full";\n'
                   'x(inquiry.failed("the file " + name(\'"\')\n + " cannot be " "used: " + text));\n'
                   "inquiry.unavailable(std::string(why), {}); inquiry.failed(text);\n")
        self.plant("src/identity/answers.cpp", 'hint{"AADSTS123", "do this"}, hint{"AADSTS45", "do that"}')
        both = ["| `timeout` | too late | wait |", "| `gone` | went away | come back |", ""]
        table = ["| the detail says | what to do |", "|---|---|", "| the file ... cannot be used | write it |"]
        self.rows(*both, *table, "| AADSTS123 | this |")
        self.expect('"the moon is full" of src/identity/a.cpp', "no row for AADSTS45")
        self.rows(*both, *table, "| the moon is full; something else | wait |", "| AADSTS123, AADSTS45 | this |")
        self.expect()

    def test_texts_that_are_given_on_are_found_wherever_they_are_made(self):
        self.plant("src/identity/answers.cpp", 'if (bad) return std::string("the moon is not JSON");\n'
                   'auto reason = known ? read() : std::string("it said nothing at all");\n'
                   'return dark ? "the night has come" : "the day has come";\n'
                   'return {.status = 4, .hint = "wait for the day"}; x.refusal(a, "this is advice, too");\n'
                   'return file_problem{"no star at all"}; // "only a comment about it"\n')
        self.plant("src/entra/renewal.cpp", 'return failure(errc::gone, name + " has set already");\n'
                   'log(sink, log_level::warning, "entra", "the tide is " + text);\nlog(sink, log_level::info, "e", "all is well here");\n')
        self.plant("src/net/http.cpp", 'return failed(errc::gone, "no answer from the moon");\n')
        both = ["| `timeout` | too late | wait |", "| `gone` | went away | come back |", ""]
        table = ["| the detail says | what to do |", "|---|---|", "| the night has come | sleep |"]
        self.rows(*both, *table)
        self.expect('" has set already"', '"the tide is "', '"no star at all"', '"the moon is not JSON"', '"it said nothing at all"',
                    '"the day has come"', '"no answer from the moon"')
        self.rows(*both, *table, "| the tide is ...; has set already; the moon is not JSON; it said nothing; the day has come; no star at all | wait |",
                  "| no answer from the moon | shout |")
        self.expect()

    def test_a_fence_that_differs_from_its_file_is_found(self):
        self.plant("docs/a.md", "<!-- file: a.cpp -->\n\n```cpp\nint c;\n```\n<!-- file: b.cpp -->\n```\n```\n")
        self.expect("not the file's text", "b.cpp does not exist")


if __name__ == "__main__":
    unittest.main()
