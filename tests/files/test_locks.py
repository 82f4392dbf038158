import os
from pathlib import Path

from snnexp.files import reading
from snnexp.files.locks import take, wait_for


def test_one_holds_a_lock_or_several_share_it(tmp_path: Path):
    one, other, third = (reading.opened(tmp_path, "lock", os.O_RDWR | os.O_CREAT) for _ in range(3))
    with one, other, third:
        assert take(one) and not take(other) and not take(other, shared=True)
        wait_for(one, shared=True)
        assert take(other, shared=True) and not take(third)
        one.close()
        other.close()
        assert take(third)
