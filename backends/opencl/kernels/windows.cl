/*
 * Shifted-window attention and its gradient. A work group takes a head of some
 * windows, one window after another. Its tokens' vectors lie in a room, which
 * is local memory, or global where that is too small (-D LOCAL=0); in fours,
 * with zeros behind DIM. An item has a token, or a few: its own vector is in
 * registers, and all items read the same other one at a time.
 */
#define FOURS ((DIM + 3) / 4)
#define PADDING 0xffffffffu
#define GROUP get_local_size(0)
/* so that vectors stay in registers; long ones would not in any case */
#if DIM <= 64
#define UNROLL _Pragma("unroll")
#else
#define UNROLL
#endif

#if LOCAL
#define ROOM __local
#define ROOM_ARGUMENT __local float4 *room_all
#define ROOM_OF_GROUP room_all
#define SYNC barrier(CLK_LOCAL_MEM_FENCE)
#else
#define ROOM __global
#define ROOM_ARGUMENT BUF(room)
#define ROOM_OF_GROUP ((__global float4 *)(AT(room) + \
	(ulong)get_group_id(0) * room_size))
#define SYNC barrier(CLK_GLOBAL_MEM_FENCE)
#endif

/* struct ip_windows, and windows along the axes; those of a group: per */
struct windows {
	uint h, w, heads, rows, columns, down, right, reach, high, across, all,
		per;
};
#define WINDOWS uint room_size, uint h, uint w, uint heads, uint rows, \
	uint columns, uint down, uint right, uint reach, uint high, \
	uint across, uint all, uint per
#define WINDOWS_HERE { h, w, heads, rows, columns, down, right, reach, high, \
	across, all, per }

/* What attention needs of a window: where in a map a token is; and its place
 * in the table, with its region beside it in the highest bits. */
struct room {
	ROOM float4 *q, *k, *v;		/* [token][FOURS] */
	ROOM real *bias;		/* [side][side], of this head */
	ROOM uint *pixel, *place;
};

static struct room lay_out(ROOM float4 *at, uint n, uint side)
{
	struct room m;

	m.q = at;
	m.k = m.q + n * FOURS;
	m.v = m.k + n * FOURS;
	m.bias = (ROOM real *)(m.v + n * FOURS);
	m.pixel = (ROOM uint *)(m.bias + side * side);
	m.place = m.pixel + n;
	return m;
}

static void stage_bias(ROOM real *bias, __global const real *table, uint places,
	uint heads, uint head)
{
	for (uint i = get_local_id(0); i < places; i += GROUP)
		bias[i] = table[i * heads + head];
}

/* Where the tokens of a window are. */
static void find(const struct room *m, const struct windows *s, uint window)
{
	uint wx = window % s->across, wy = window / s->across % s->high;
	uint b = window / s->across / s->high, n = s->rows * s->columns;

	for (uint i = get_local_id(0); i < n; i += GROUP) {
		uint r = i / s->columns, c = i % s->columns;
		uint y = wy * s->rows + r + s->down;
		uint x = wx * s->columns + c + s->right;
		uint below = wy + 1 == s->high && s->down &&
			r + s->down >= s->rows;
		uint beside = wx + 1 == s->across && s->right &&
			c + s->right >= s->columns;

		if (y >= s->high * s->rows)
			y -= s->high * s->rows;
		if (x >= s->across * s->columns)
			x -= s->across * s->columns;
		m->pixel[i] = y < s->h && x < s->w ? (b * s->h + y) * s->w + x :
			PADDING;
		m->place[i] = i / s->reach * (2 * s->reach - 1) + i % s->reach +
			(below << 31 | beside << 30);
	}
}

/* to [n][4 FOURS] <- a head's part of the tokens' vectors, or of padding's if
 * there is such. Vectors are 'wide' apart, and begin at first. */
static void stage(ROOM float4 *to, const struct room *m,
	__global const real *from, __global const real *padding, uint n,
	uint wide, uint first)
{
	for (uint e = get_local_id(0); e < n * 4 * FOURS; e += GROUP) {
		uint pixel = m->pixel[e / (4 * FOURS)], d = e % (4 * FOURS);
		real v = 0;

		if (d < DIM && pixel != PADDING)
			v = from[pixel * wide + first + d];
		else if (d < DIM && padding)
			v = padding[first + d];
		((ROOM real *)to)[e] = v;
	}
}

static void stage_qkv(const struct room *m, __global const real *qkv,
	__global const real *padding, uint n, uint wide, uint first)
{
	stage(m->q, m, qkv, padding, n, 3 * wide, first);
	stage(m->k, m, qkv, padding, n, 3 * wide, wide + first);
	stage(m->v, m, qkv, padding, n, 3 * wide, 2 * wide + first);
}

/* A head's vectors to their map, but for padding's. */
static void put_back(__global real *to, ROOM const float4 *from,
	const struct room *m, uint n, uint wide, uint first)
{
	for (uint e = get_local_id(0); e < n * 4 * FOURS; e += GROUP) {
		uint pixel = m->pixel[e / (4 * FOURS)], d = e % (4 * FOURS);

		if (d < DIM && pixel != PADDING)
			to[pixel * wide + first + d] =
				((ROOM const real *)from)[e];
	}
}

static real dot_of(const float4 *a, ROOM const float4 *b)
{
	float4 sum = 0;

	UNROLL
	for (uint f = 0; f < FOURS; f++)
		sum = fma(a[f], b[f], sum);
	return (sum.x + sum.y) + (sum.z + sum.w);
}

/* sum += by v */
static void add_to(float4 *sum, real by, ROOM const float4 *v)
{
	UNROLL
	for (uint f = 0; f < FOURS; f++)
		sum[f] = fma((float4)by, v[f], sum[f]);
}

/* What a query has added to its logit with a key, whose places these are. */
static real bias_of(const struct room *m, uint reach, uint query, uint key)
{
	uint low = 0x3fffffffu, middle = (reach - 1) * 2 * reach;
	real mask = query >> 30 == key >> 30 ? 0 : -100;

	return m->bias[middle + (query & low) - (key & low)] + mask;
}

/* o <- of one query, which q is, scaled first. The sum so far is made smaller
 * whenever a logit is the greatest so far. */
static void attend(float4 *o, const struct room *m, uint n, uint reach, uint i,
	real scale)
{
	real most = -INFINITY, sum = 0, p;
	float4 q[FOURS];

	UNROLL
	for (uint f = 0; f < FOURS; f++) {
		q[f] = m->q[i * FOURS + f] * scale;
		o[f] = 0;
	}
	for (uint j = 0; j < n; j++) {
		real s = dot_of(q, m->k + j * FOURS) + bias_of(m, reach,
			m->place[i], m->place[j]);

		if (s > most) {
			p = exp(most - s);
			UNROLL
			for (uint f = 0; f < FOURS; f++)
				o[f] *= p;
			sum *= p;
			most = s;
		}
		p = exp(s - most);
		sum += p;
		add_to(o, p, m->v + j * FOURS);
	}
	UNROLL
	for (uint f = 0; f < FOURS; f++)
		o[f] /= sum;
}

/* y takes the place of q. */
__kernel void attention(BUF(y), IN(qkv), IN(qkv_bias), IN(table), real scale,
	ROOM_ARGUMENT, WINDOWS)
{
	struct windows s = WINDOWS_HERE;
	uint n = rows * columns, side = 2 * reach - 1, wide = heads * DIM;
	uint head = get_group_id(0) % heads, first = head * DIM;
	uint window = get_group_id(0) / heads * per;
	uint end = min(window + per, all);
	struct room m = lay_out(ROOM_OF_GROUP, n, side);

	stage_bias(m.bias, AT(table), side * side, heads, head);
	for (; window < end; window++) {
		SYNC;
		find(&m, &s, window);
		SYNC;
		stage_qkv(&m, AT(qkv), AT(qkv_bias), n, wide, first);
		SYNC;
		for (uint i = get_local_id(0); i < n; i += GROUP) {
			float4 o[FOURS];

			attend(o, &m, n, reach, i, scale);
			UNROLL
			for (uint f = 0; f < FOURS; f++)
				m.q[i * FOURS + f] = o[f];
		}
		SYNC;
		put_back(AT(y), m.q, &m, n, wide, first);
	}
}

/* ---- the gradient ---- */

/* dy is g; p and ds are [query][pitch], pitch odd for the banks of memory */
struct room_grad {
	struct room m;
	ROOM float4 *g;
	ROOM real *p, *ds;
	uint pitch;
};

static struct room_grad lay_out_grad(ROOM float4 *at, uint n, uint side)
{
	struct room_grad m;

	m.g = at;
	m.m = lay_out(m.g + n * FOURS, n, side);
	m.pitch = n | 1;
	m.p = (ROOM real *)(m.m.place + n);
	m.ds = m.p + n * m.pitch;
	return m;
}

/* Of one query: p <- its softmax, ds <- the gradient of its logits. */
static void logits(const struct room_grad *m, uint n, uint reach, uint i,
	real scale)
{
	ROOM real *p = m->p + i * m->pitch, *ds = m->ds + i * m->pitch;
	real most = -INFINITY, sum = 0, mean = 0;
	float4 a[FOURS];

	UNROLL
	for (uint f = 0; f < FOURS; f++)
		a[f] = m->m.q[i * FOURS + f] * scale;
	for (uint j = 0; j < n; j++) {
		p[j] = dot_of(a, m->m.k + j * FOURS) + bias_of(&m->m, reach,
			m->m.place[i], m->m.place[j]);
		most = p[j] > most ? p[j] : most;
	}
	UNROLL
	for (uint f = 0; f < FOURS; f++)
		a[f] = m->g[i * FOURS + f];
	for (uint j = 0; j < n; j++) {
		p[j] = exp(p[j] - most);
		ds[j] = dot_of(a, m->m.v + j * FOURS);
		sum += p[j];
		mean += p[j] * ds[j];
	}
	mean /= sum;
	for (uint j = 0; j < n; j++) {
		p[j] /= sum;
		ds[j] = p[j] * (ds[j] - mean);
	}
}

/* to[i] <- the sum over j of by[i, j] of[j], for an item's tokens i */
static void mix(ROOM float4 *to, ROOM const real *by, uint row, uint column,
	ROOM const float4 *of, uint n, real scale)
{
	for (uint i = get_local_id(0); i < n; i += GROUP) {
		float4 sum[FOURS];

		UNROLL
		for (uint f = 0; f < FOURS; f++)
			sum[f] = 0;
		for (uint j = 0; j < n; j++)
			add_to(sum, by[i * row + j * column], of + j * FOURS);
		UNROLL
		for (uint f = 0; f < FOURS; f++)
			to[i * FOURS + f] = sum[f] * scale;
	}
}

/* The sum of ds over the pairs of query and key of one place in the table. */
static real sum_place(const struct room_grad *m, uint n, uint reach, uint place)
{
	int side = 2 * (int)reach - 1, across = (int)reach;
	int dr = (int)place / side - across + 1;
	int dc = (int)place % side - across + 1, c = 0;
	real sum = 0;

	for (int i = 0; i < (int)n; i++, c = c + 1 == across ? 0 : c + 1) {
		int j = i - dr * across - dc;

		if (j >= 0 && j < (int)n && c - dc >= 0 && c - dc < across)
			sum += m->ds[i * (int)m->pitch + j];
	}
	return sum;
}

/* The sum over padding's tokens of number i of q, k and v one behind the other,
 * when their gradients are in g, k, v. */
static real sum_padding(const struct room_grad *m, uint n, uint i)
{
	ROOM const real *of = (ROOM const real *)(i < DIM ? m->g : i < 2 * DIM ?
		m->m.k : m->m.v) + i % DIM;
	real sum = 0;

	for (uint t = 0; t < n; t++)
		if (m->m.pixel[t] == PADDING)
			sum += of[t * 4 * FOURS];
	return sum;
}

/*
 * parts [group][places + 3 DIM]: the sums over a group's windows for the table
 * and for padding's q, k, v. dv, dq and dk take the places of what is no longer
 * needed: v, g, k.
 */
__kernel void attention_grad(BUF(dqkv), BUF(parts), IN(dy), IN(qkv),
	IN(qkv_bias), IN(table), real scale, ROOM_ARGUMENT, WINDOWS)
{
	struct windows s = WINDOWS_HERE;
	uint n = rows * columns, side = 2 * reach - 1, wide = heads * DIM;
	uint head = get_group_id(0) % heads, first = head * DIM;
	uint window = get_group_id(0) / heads * per, places = side * side;
	uint end = min(window + per, all), begin = window;
	struct room_grad m = lay_out_grad(ROOM_OF_GROUP, n, side);
	__global real *part = AT(parts) + (ulong)get_group_id(0) *
		(places + 3 * DIM);

	stage_bias(m.m.bias, AT(table), places, heads, head);
	for (; window < end; window++) {
		SYNC;
		find(&m.m, &s, window);
		SYNC;
		stage_qkv(&m.m, AT(qkv), AT(qkv_bias), n, wide, first);
		stage(m.g, &m.m, AT(dy), 0, n, wide, first);
		SYNC;
		for (uint i = get_local_id(0); i < n; i += GROUP)
			logits(&m, n, reach, i, scale);
		SYNC;
		mix(m.m.v, m.p, 1, m.pitch, m.g, n, 1);
		SYNC;
		mix(m.g, m.ds, m.pitch, 1, m.m.k, n, scale);
		SYNC;
		mix(m.m.k, m.ds, 1, m.pitch, m.m.q, n, scale);
		SYNC;
		put_back(AT(dqkv), m.g, &m.m, n, 3 * wide, first);
		put_back(AT(dqkv), m.m.k, &m.m, n, 3 * wide, wide + first);
		put_back(AT(dqkv), m.m.v, &m.m, n, 3 * wide, 2 * wide + first);
		for (uint r = get_local_id(0); r < places + 3 * DIM;
			r += GROUP) {
			real sum = r < places ? sum_place(&m, n, reach, r) :
				sum_padding(&m, n, r - places);

			part[r] = window == begin ? sum : part[r] + sum;
		}
	}
}

/* The sums of all groups to where they belong. */
__kernel void add_tables(BUF(dtable), BUF(dbias), IN(parts), uint heads,
	uint places, uint count)
{
	uint size = places + 3 * DIM;
	uint head = get_global_id(0) / size, r = get_global_id(0) % size;
	real sum = 0;

	if (head >= heads)
		return;
	for (uint i = 0; i < count; i++)
		sum += AT(parts)[((ulong)i * heads + head) * size + r];
	if (r < places) {
		AT(dtable)[r * heads + head] += sum;
		return;
	}
	r -= places;
	AT(dbias)[(r / DIM * heads + head) * DIM + r % DIM] += sum;
}
