/* Which instruction set the hot loops use. */
#include <string.h>
#include <iphase/threads.h>
#include "config.h"
#include "core.h"

static const struct { enum ip_isa isa; const char *name; } names[] = {
	{ IP_ISA_AUTO, "auto" }, { IP_ISA_BASELINE, "baseline" },
	{ IP_ISA_AVX2, "avx2" }, { IP_ISA_AVX512, "avx512" },
	{ IP_ISA_NEON, "neon" },
};

static enum ip_isa chosen;

#define COUNT(a) (sizeof (a) / sizeof *(a))

const char *ip_isa_name(enum ip_isa isa)
{
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (names[i].isa == isa)
			return names[i].name;
	return "unknown";
}

int ip_isa_parse(const char *name, enum ip_isa *isa)
{
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].name, name) == 0) {
			*isa = names[i].isa;
			return 0;
		}
	return ip_fail(IP_ENOTFOUND, "instruction set '%s': expected auto,"
		" baseline, avx2, avx512 or neon", name);
}

int ip_isa_has(enum ip_isa isa)
{
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
	if (isa == IP_ISA_AVX2) {
#if IP_HAVE_AVX2
		return __builtin_cpu_supports("avx2") &&
			__builtin_cpu_supports("fma");
#endif
	}
	if (isa == IP_ISA_AVX512) {
#if IP_HAVE_AVX512
		return __builtin_cpu_supports("avx512f") &&
			__builtin_cpu_supports("avx512dq") &&
			__builtin_cpu_supports("avx512bw") &&
			__builtin_cpu_supports("avx512vl");
#endif
	}
#elif defined(__aarch64__)
	if (isa == IP_ISA_NEON)	/* part of every aarch64 */
		return 1;
#endif
	return isa == IP_ISA_BASELINE;
}

static enum ip_isa best(void)
{
	static const enum ip_isa order[] = {
		IP_ISA_AVX512, IP_ISA_AVX2, IP_ISA_NEON
	};
	size_t i;

	for (i = 0; i < COUNT(order); i++)
		if (ip_isa_has(order[i]))
			return order[i];
	return IP_ISA_BASELINE;
}

int ip_isa_set(enum ip_isa isa)
{
	if (isa == IP_ISA_AUTO)
		isa = best();
	if (!ip_isa_has(isa))
		return ip_fail(IP_ENOTSUP, "instruction set %s: not in this"
			" processor or this build; the best here is %s",
			ip_isa_name(isa), ip_isa_name(best()));
	chosen = isa;
	return 0;
}

enum ip_isa ip_isa(void)
{
	if (chosen == IP_ISA_AUTO)
		chosen = best();
	return chosen;
}
