/* What detectors sum: entries start[k] .. start[k + 1] of each key. */
struct entries {
	__global const uint *start, *of;
	__global const real *weight;
};
#define ENTRIES(e) IN(e), uint e##_keys
#define THE_ENTRIES(e) entries_at(AT(e), e##_keys)

struct entries entries_at(__global const real *at, uint keys)
{
	struct entries e;

	e.start = (__global const uint *)at;
	e.of = e.start + keys + 1;
	e.weight = (__global const real *)(e.of + e.start[keys]);
	return e;
}
