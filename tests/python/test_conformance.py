"""The public conformance suite, with samples for every test that it has."""

import unittest

import jupyter_kernel_test


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = "fram"
    language_name = "fram"
    file_extension = ".fram"
    code_hello_world = 'print("hello, world")'
    code_stderr = 'eprint("to stderr")'
    completion_samples = [
        {"text": "fra", "matches": {"frame"}},
        {"text": "%wh", "matches": {"who"}},
        {"text": 'frame(#{ a: [1] }).filt', "matches": {"filter"}},
    ]
    complete_code_samples = ["1", 'print("hi")', "let a = 1\na + 1", "SELECT 1", "fn f(x) {\n  x\n}"]
    incomplete_code_samples = ["frame(#{", "fn f(x) {", "let s = `abc", "1 +", "/* a comment"]
    invalid_code_samples = ["let = 5", "1 )", "let x = 5 -> 6"]
    code_page_something = "filter?"
    code_generate_error = 'frame(#{ x: [1] }).select("y")'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "frame(#{ x: [1] }).height()", "result": "1"},
        {"code": "frame(#{ x: [1] })", "mime": "text/html"},
    ]
    code_display_data = [{"code": "display(frame(#{ x: [1] }))", "mime": "text/html"}]
    code_history_pattern = "1?+?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "frame"
    code_clear_output = "clear_output()"


if __name__ == "__main__":
    unittest.main()
