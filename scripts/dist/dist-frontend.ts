/**
 * Would build the console into `dist/frontend/{web,h5}`. There is none yet: it says so and ends with 69, which `make dist` takes for
 * "go on with the rest".
 */
process.stderr.write(
  "dist-frontend: this version has no console yet, so there is nothing to build in dist/frontend.\n",
);
process.exitCode = 69;
