# iphase-evaluate: the manual's example, what is written, what is refused.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# for refuse ARGUMENT...
attempt() { iphase-evaluate -q --csv=no.csv --json=no.json "$@"; }

cp "$IP_SRCDIR/data/crystals/GaN.xyz" GaN.xyz
sed -n '/^iphase-simulate/,/^\.Ed/p' "$IP_SRCDIR/man/iphase-evaluate.1" |
	sed '/^\.Ed/d; s/\\e$/\\/' >example.sh
sh example.sh >out 2>&1 && [ "$(wc -l <gan.csv)" = 10 ] && [ -s gan.json ]
result 'the example of the manual' $?
[ "$(grep -c '^iDPC, fitted' out)" = 4 ] &&
	[ "$(grep -c '^OBF, fitted' out)" = 4 ] &&
	grep -q '^gan.ipt, picture 2: GaN, 6.084 nm$' out &&
	grep -q '^all, mean of 3 pictures$' out &&
	[ "$(grep -c "^material's mean" out)" = 4 ] &&
	[ "$(grep -c '^all  *3  *0 ' out)" = 1 ]
result 'what it prints' $?

iphase-evaluate gan.ipt gan.ipt >out 2>&1 &&
	grep -q '^4 nm  *2  *0 ' out && ! grep -q '^GaN' out
result 'means by thickness' $?
iphase-evaluate gan.ipt --truth=potential_beam --threads=3 --csv=b.csv \
	>out 2>&1 && cmp gan.csv b.csv >>out 2>&1
result 'the same again' $?
iphase-evaluate gan.ipt --rotation=180 --csv=turned.csv >out 2>&1 &&
	awk -F, 'NR == FNR { p[FNR] = $12; s[FNR] = $11; next }
		$8 == "idpc_fitted" && (p[FNR] + $12 > 1e-6 || p[FNR] + $12 < -1e-6 ||
			s[FNR] - $11 > 1e-6 || $11 - s[FNR] > 1e-6) { bad = 1 }
		END { exit bad }' gan.csv turned.csv
result 'a turn by 180 degrees reverses the contrast' $?
iphase-simulate -q GaN.xyz --thickness=2 --fov=6.4 --grid=64 --outer=40 \
	--dose=3e4 -o dose.ipt >out 2>&1 &&
	iphase-evaluate dose.ipt --csv=dose.csv >>out 2>&1 &&
	[ "$(grep -c ',potential_beam,30000$' dose.csv)" = 3 ]
result 'the dose of a picture' $?
iphase-evaluate --reference gan.ipt >out 2>&1 &&
	head -n 1 out | grep -q 'mae_norm .* peak_pcterr_abs .* mean_pred_abs$'
result '--reference' $?

if command -v python3 >/dev/null 2>&1; then
	cp gan.ipt 'a,"b.ipt'
	name=$(printf 'c\377.ipt')
	cp gan.ipt "$name"
	iphase-evaluate 'a,"b.ipt' "$name" --csv=q.csv --json=q.json >out 2>&1 &&
		python3 - >>out 2>&1 <<'END2'
import csv
import json
with open("q.json", encoding="utf-8") as f:
    j = json.load(f)
with open("q.csv", newline="", errors="replace") as f:
    rows = list(csv.DictReader(f))
assert len(rows) == 18 and len(j["pictures"]) == 6
assert rows[0]["file"] == 'a,"b.ipt' and rows[9]["file"] == "c\ufffd.ipt"
for i, r in enumerate(rows):
    p = j["pictures"][i // 3]
    assert (r["file"], int(r["picture"])) == (p["file"], p["picture"])
    assert float(r["thickness_nm"]) == p["thickness_nm"]
    assert r["method"] == ("idpc_fitted", "obf_fitted",
        "material_mean")[i % 3]
    for k, v in p[r["method"]].items():
        assert float(r[k]) == v or k == "pearson" and v is None
    assert float(r["std_over_mean"]) == p["std_over_mean"]
    assert r["truth"] == p["truth"] == "potential_beam"
    assert r["dose"] == "" and p["dose"] is None
    assert r["mae_norm"] == "" and "reference" not in p
for k in ("psnr", "ssim", "slope"):
    mean = sum(p["idpc_fitted"][k] for p in j["pictures"]) / 6
    got = j["summary"]["all"]["idpc_fitted"][k]
    assert abs(got / mean - 1) < 1e-14
t = [p["idpc_fitted"]["max_truth"] / p["thickness_nm"] for p in j["pictures"]]
e = [p["idpc_fitted"]["max"] / p["thickness_nm"] for p in j["pictures"]]
r2 = 1 - (sum((a - b) ** 2 for a, b in zip(e, t))
    / sum((b - sum(t) / 6) ** 2 for b in t))
for g in (j["summary"]["all"], j["summary"]["by_material"][0]["mean"]):
    got = g["r2_max_thickness"]
    assert abs(got["idpc_fitted"] - r2) < 1e-9 * (1 + abs(r2))
    assert got["network"] is None
groups = j["summary"]["by_thickness"]
assert all(g["mean"]["r2_max_thickness"]["idpc_fitted"] is None
    for g in groups)	# two of one truth
assert [g["thickness_nm"] for g in groups] == [2, 4, 6]
assert all(g["mean"]["pictures"] == 2 for g in groups)
assert [g["material"] for g in j["summary"]["by_material"]] == ["GaN"]
END2
	result 'CSV and JSON, read by Python' $?
else
	skip 'CSV and JSON, read by Python' 'no python3'
fi

# a prediction that iphase-infer stored is the one that --model makes, with
# any number of threads
model=$IP_SRCDIR/tests/golden/model_weights.npz
iphase-infer -q --threads=1 --model="$model" gan.ipt -o pred.ipt \
	>out 2>&1 &&
	iphase-evaluate pred.ipt --csv=stored.csv >out 2>&1 &&
	grep -q '^model model_weights.npz: trained on' out &&
	iphase-evaluate --threads=3 --model="$model" gan.ipt --csv=run.csv \
		>>out 2>&1 &&
	cut -d, -f2-8,10- stored.csv >stored.cut &&
	grep -v ',idpc_\|,obf_\|_blind,' run.csv | cut -d, -f2-8,10- >run.cut &&
	cmp stored.cut run.cut >>out 2>&1 && [ "$(wc -l <run.cut)" = 10 ]
result 'stored and run are the same' $?

# a network of potential_zone is judged by both, and iphase-infer writes both
iphase-convert -q "$model" -o zone.ipt --attribute=truth=potential_zone \
	>out 2>&1 && iphase-simulate -q --crystal="$IP_SRCDIR/data/crystals/GaN.cif" \
	--thickness=6,12 --tilt=0.6,-0.4 --fov=6.4 --pixels=48 --sampling=0.15 \
	--outer=40 --width=7 -o leaning.ipt >>out 2>&1
for t in beam zone; do
	iphase-infer -q --threads=1 --model=zone.ipt leaning.ipt --truth=$t \
		-o $t-pred.ipt >>out 2>&1 &&
		iphase-evaluate $t-pred.ipt --csv=stored.csv >>out 2>&1 &&
		iphase-evaluate --threads=1 --model=zone.ipt leaning.ipt \
			--truth=potential_$t --csv=run.csv >>out 2>&1 &&
		grep -v ',idpc_\|,obf_\|_blind,' run.csv |
		cut -d, -f2-8,10-20,33- >run.cut &&
		cut -d, -f2-8,10-20,33- stored.csv | cmp - run.cut >>out 2>&1 &&
		[ "$(grep -c ",potential_$t,\$" run.cut)" = 6 ]
	result "stored and run are the same, of a zone model by potential_$t" $?
done
iphase-evaluate --threads=1 --model=zone.ipt --controls leaning.ipt \
	--truth=potential_beam >out 2>&1 && [ "$(sed -n '/^controls /,$p' out |
	grep -c ' [0-9.e+-]* *[0-9.e+-]* *[0-9.e+-]*$')" = 8 ]
result 'a table of controls' $?

refuse 2 'give a file'
refuse 2 'above 0' gan.ipt --scale=0
refuse 2 'there is no option' gan.ipt --truths=x
refuse 1 "no tensor 'x'.*--truth" gan.ipt --truth=x
refuse 1 "no tensor 'x'.*--prediction" gan.ipt --prediction=x
refuse 1 'absent.ipt' gan.ipt absent.ipt
refuse 1 'no true potential' GaN.xyz
refuse 1 'true potential has another' gan.ipt --truth=segments
refuse 1 'true potential has another' gan.ipt --truth=thickness
refuse 1 'prediction has another' gan.ipt --prediction=segments
refuse 2 'give --model' gan.ipt --controls
refuse 2 'two or more' gan.ipt --bins=20
refuse 2 'ascend' gan.ipt --bins=20,20
refuse 1 'absent.ipt' gan.ipt --perfect=absent.ipt
refuse 1 'does not judge' gan.ipt --model="$model" --truth=potential_zone
refuse 2 'both are' gan.ipt --csv=x --json=x
refuse 1 'nowhere' gan.ipt --json=nowhere/x.json
head -c 3000 gan.ipt >cut.ipt
refuse 1 'cut.ipt' cut.ipt
