"""`pteah` with nothing sealed, to measure what sealing costs: `python -m tests.bench.unsealed serve …`."""

from server.cli import main
from sync.store.sealing import SEALED, Sealing

for name in list(SEALED):
    SEALED[name] = Sealing()  # type: ignore[index]

if __name__ == "__main__":
    main()
