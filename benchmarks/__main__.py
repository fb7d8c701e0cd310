"""All measurements, one after the other: `make bench`."""

from benchmarks import gias_import, registration

for benchmark in (gias_import, registration):
    print(f"\n{benchmark.__doc__}")
    benchmark.main()
