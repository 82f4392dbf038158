"""Triton's interpreter, in which kernels run where no GPU is."""

from typing import Any

import triton.language as tl
from triton.runtime import interpreter


def patch_once() -> None:
    """Let it prepare its language once for a kernel: it does so again for each call within, half of its time."""
    patch = interpreter._patch_lang

    def patch_where_needed(function: Any) -> Any:
        modules = [each for each in function.__globals__.values() if each is tl or each is tl.core]
        if any(tl.core.is_builtin(each.load) for each in modules):
            return patch(function)
        return interpreter._LangPatchScope()

    interpreter._patch_lang = patch_where_needed
