"""All measurements, one after the other: `make bench`."""

from benchmarks import evidence, gias_import, registration

for benchmark in (gias_import, registration, evidence):
    print(f"\n{benchmark.__doc__}")
    benchmark.main()
