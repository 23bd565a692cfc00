"""What a run's sidecars keep: read back, told apart, counted, measured; expected values by dumber roads."""

import hashlib
import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from statkit.analysis.clinical.batch_record import KEYS
from statkit.errors import MalformedFileError, SourceError, UsageError
from statkit.pathology import batch_values as module
from statkit.pathology.batch_values import batch_values, looked_back, sidecar_values
from statkit.pathology.feature_summary import summarised
from statkit.pathology.features import feature_maps, tile_features
from statkit.pathology.image_facts import image_facts
from statkit.pathology.run_association import MOST_PIXELS, run_association
from statkit.pathology.run_facts import run_facts
from statkit.pathology.run_pathology import run_pathology
from statkit.pathology.samples import read_batch, run_samples
from statkit.sources import sidecar as reader
from statkit.views.panels import Panels
from statkit.writers import sidecar

STAINS = np.array([(0.65, 0.70, 0.29), (0.27, 0.57, 0.78)])


def tile(seed, side=24):
    """Three dark nuclei on brown ground."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    nuclei = sum(np.hypot(rows - y, columns - x) < 3 for y, x in rng.uniform(4, side - 4, (3, 2)))
    density = np.stack([0.1 + 1.2 * (nuclei > 0), rng.uniform(0.1, 0.4, (side, side))], axis=-1)
    return np.round(255 * np.exp(-density @ STAINS)).astype(np.uint8)


def save(directory, phase, number, images, *, step=None, record=None, stains="H-DAB", maps=None, **told):
    """Write a sidecar that keeps images, and random attention of two layers, an energy first."""
    rng = np.random.default_rng([number, len(images)])
    maps = maps or {"kan": rng.random((len(images), 6, 6)), "bam": rng.random((len(images), 12, 12))}
    maps = {layer: np.asarray(each, np.float32) for layer, each in maps.items()}
    samples = {"of": "input", "stains": stains, "mpp": told.pop("settings_mpp", None)}
    panels = Panels(
        phase=phase,
        number=number,
        step=number * 10 if step is None else step,
        images={"input": images[0]},
        attention={layer: each[0] for layer, each in maps.items()},
        record={"phase": phase} | (record or {}),
        meta={"kinds": {"kan": "energy", "bam": "gate"}, "samples": samples} | told,
    )
    arrays, meta = panels.to_arrays()
    arrays["samples/images"] = np.stack(images)
    arrays |= {f"samples/attention/{place}": each for place, each in enumerate(maps.values())}
    path = directory / f"{phase}_batch_{number:06d}.npz"
    sidecar.write(path, arrays, meta)
    return str(path)


@pytest.fixture
def run(tmp_path):
    """Two validations of the same three tiles, and a training batch of two others."""
    tiles = [tile(seed) for seed in range(5)]
    save(tmp_path, "val", 1, tiles[:3], sample_ids=["a", "b", "c"], patient_ids=[1, 2, 2])
    save(tmp_path, "val", 2, tiles[:3], mpp=0.5)
    save(tmp_path, "train", 1, tiles[3:], step=5, patient_ids="ihc")
    return tmp_path


class TestSamples:
    def test_an_image_that_comes_again_is_one_sample_with_all_its_maps(self, run):
        found = run_samples(str(run))
        assert [batch.name for batch in found.batches] == [
            "train_batch_000001",
            "val_batch_000001",
            "val_batch_000002",
        ]
        samples = found.samples("val")
        assert len(samples) == 3
        assert [len(sample.maps("bam")) for sample in samples] == [2, 2, 2]
        last = np.asarray(reader.read(run / "val_batch_000002.npz")[0]["samples/attention/1"])
        assert np.array_equal(samples[1].maps("bam")[-1], last[1])
        assert np.array_equal(samples[1].image, tile(1))

    def test_what_one_sidecar_says_of_an_image_holds_for_it(self, run):
        sample = run_samples(str(run)).samples("val")[1]
        assert (sample.sample_id, sample.patient, sample.mpp) == ("b", "2", 0.5)

    def test_digests_are_of_the_pixels(self, run):
        expected = hashlib.sha256(tile(0).tobytes()).hexdigest()
        assert run_samples(str(run)).samples("val")[0].digest == expected

    def test_gates_come_before_energies(self, run):
        assert run_samples(str(run)).layers() == {"bam": "gate", "kan": "energy"}

    def test_without_several_images_the_first_is_taken_the_clean_one_before_the_noisy(self, tmp_path):
        images = {"input": tile(0), "output": tile(1), "target": tile(2)}
        panels = Panels(
            phase="train", number=1, images=images, attention={"bam": np.eye(6)}, meta={"kinds": {}}
        )
        sidecar.write(tmp_path / "train_batch_000001.npz", *panels.to_arrays())
        batch = read_batch(str(tmp_path / "train_batch_000001.npz"))
        assert np.array_equal(batch.images[0], tile(2))
        assert batch.attention["bam"].shape == (1, 6, 6)
        assert batch.stains is None

    def test_a_sidecar_without_images_has_none(self, tmp_path):
        sidecar.write(tmp_path / "train_batch_000001.npz", *Panels(phase="train", number=1).to_arrays())
        assert read_batch(str(tmp_path / "train_batch_000001.npz")) is None
        assert run_samples(str(tmp_path)).files == 1

    def test_the_damaged_are_named_and_the_earliest_passed_over(self, run):
        (run / "val_batch_000003.npz").write_bytes(b"PK nothing")
        found = run_samples(str(run), most=2)
        assert found.files == 3
        assert found.passed_over == 1
        assert [name for name, _ in found.unread] == ["val_batch_000003.npz"]
        assert [batch.name for batch in found.batches] == ["train_batch_000001", "val_batch_000002"]

    @pytest.mark.parametrize(
        ("arrays", "meta"),
        [
            ({"samples/images": np.zeros((2, 4, 4), np.uint8)}, {}),
            ({"samples/images": np.zeros((2, 4, 4, 3), np.float32)}, {}),
            ({"samples/attention/0": np.zeros((2, 4, 4), np.float32)}, {}),
            ({}, {"meta": None}),
            ({}, {"layers": 7}),
            ({}, {"number": "x"}),
        ],
    )
    def test_arrays_that_do_not_belong_together_are_refused(self, run, arrays, meta):
        path = run / "val_batch_000001.npz"
        whole, told = reader.read(path)
        sidecar.write(path, {**whole, **arrays}, told | meta)
        with pytest.raises(MalformedFileError, match="not the arrays of a dashboard"):
            read_batch(str(path))

    @pytest.mark.parametrize("mpp", [0, -1, math.nan, True, "x", None])
    def test_a_size_of_a_pixel_that_cannot_be_is_none(self, tmp_path, mpp):
        assert read_batch(save(tmp_path, "val", 1, [tile(0)], mpp=mpp)).mpp == (None,)


class TestFacts:
    def test_images_patients_and_one_hash(self, run):
        facts = image_facts(run_samples(str(run)))
        digests = sorted(hashlib.sha256(tile(seed).tobytes()).hexdigest() for seed in range(5))
        assert facts.sha256 == hashlib.sha256("\n".join(digests).encode()).hexdigest()
        assert (facts.tiles, facts.distinct, facts.tiles_train, facts.tiles_val) == (8, 5, 2, 6)
        assert (facts.patients, facts.shared_patients) == (3, 0)
        assert (facts.named_samples, facts.named_patients, facts.with_mpp) == (3, 5, 3)

    def test_a_patient_of_both_phases_is_seen(self, tmp_path):
        save(tmp_path, "train", 1, [tile(0)], patient_ids=["p"])
        save(tmp_path, "val", 1, [tile(1), tile(2)], patient_ids=["p", "q"])
        assert image_facts(run_samples(str(tmp_path))).shared_patients == 1

    def test_one_unknown_patient_leaves_the_number_unknown(self, tmp_path):
        save(tmp_path, "train", 1, [tile(0)], patient_ids=["p"])
        save(tmp_path, "val", 1, [tile(1), tile(2)], patient_ids=["p", None])
        facts = image_facts(run_samples(str(tmp_path)))
        assert (facts.patients, facts.shared_patients) == (None, None)

    def test_a_report_takes_the_values_of_the_last_batch_of_each_phase(self, run):
        values = {"pathology_layer": "bam", "tissue_attention_correlation": 0.25}
        save(run, "val", 2, [tile(0)], record=values)
        (found,) = run_facts(str(run)).computed
        assert found.what == "val_batch_000002, bam: tissue_attention_correlation"
        assert (found.value, found.null, found.patients) == (0.25, "none", None)


class TestBatchValues:
    def test_each_value_by_a_dumber_road(self, run):
        first, second = (read_batch(str(run / f"val_batch_00000{n}.npz")) for n in (1, 2))
        found = batch_values(second, [first])
        assert found["pathology_layer"] == "bam"
        maps = [feature_maps(image, stains="H-DAB", mpp=0.5) for image in second.images]
        averaged = [each.hematoxylin.reshape(12, 2, 12, 2).mean(axis=(1, 3)) for each in maps]
        each = [
            spearmanr(a.ravel(), b.ravel()).statistic
            for a, b in zip(second.attention["bam"], averaged, strict=True)
        ]
        assert found["tissue_attention_correlation"] == pytest.approx(np.mean(each), abs=1e-6)
        steady = [
            spearmanr(a.ravel(), b.ravel()).statistic
            for a, b in zip(first.attention["kan"], second.attention["kan"], strict=True)
        ]
        assert found["attention_kan_spatial_consistency"] == pytest.approx(np.mean(steady), abs=1e-6)
        assert {name for name in found if not name.startswith("attention_")} == {"pathology_layer", *KEYS}

    def test_without_earlier_images_nothing_is_said_of_consistency(self, run):
        assert batch_values(read_batch(str(run / "val_batch_000001.npz")))["spatial_consistency"] is None

    def test_from_the_file_the_earlier_ones_beside_it_are_found(self, run):
        path = str(run / "val_batch_000002.npz")
        (run / "val_batch_000000.npz").write_bytes(b"PK nothing")
        first = read_batch(str(run / "val_batch_000001.npz"))
        assert looked_back(path) == [str(run / "val_batch_000000.npz"), first.path]
        assert sidecar_values(path, *reader.read(path)) == batch_values(read_batch(path), [first])

    def test_only_so_many_are_looked_at(self, run, monkeypatch):
        monkeypatch.setattr(module, "LOOKED_BACK", 1)
        save(run, "val", 3, [tile(0)])
        assert looked_back(str(run / "val_batch_000003.npz")) == [str(run / "val_batch_000002.npz")]
        assert looked_back(str(run / "other.npz")) == []

    def test_without_attention_there_is_nothing(self, tmp_path):
        panels = Panels(phase="val", number=1, images={"input": tile(0)})
        sidecar.write(tmp_path / "val_batch_000001.npz", *panels.to_arrays())
        path = str(tmp_path / "val_batch_000001.npz")
        assert sidecar_values(path, *reader.read(path)) == {}


class TestRunAssociation:
    def test_the_latest_map_of_each_image_is_taken_and_the_earlier_are_probes(self, run):
        found = run_association(run_samples(str(run)), "val", "H-DAB", permutations=99)
        row = next(r for r in found.result.associations if (r.layer, r.feature) == ("bam", "hematoxylin"))
        second = read_batch(str(run / "val_batch_000002.npz"))
        alone = batch_values(second)
        assert row.r == pytest.approx(alone["tissue_attention_correlation"], abs=1e-6)
        assert (row.n_images, row.n_patients, row.verdict) == (3, 2, "insufficient")
        both = batch_values(second, [read_batch(str(run / "val_batch_000001.npz"))])
        assert found.result.spatial_consistency == pytest.approx(both["spatial_consistency"], abs=1e-6)

    def test_too_many_images_are_cut_to_the_latest_and_said(self, run, monkeypatch):
        assert MOST_PIXELS > 96 * 96 * 3000
        monkeypatch.setattr("statkit.pathology.run_association.MOST_PIXELS", 2 * 24 * 24)
        found = run_association(run_samples(str(run)), "val", "H-DAB", permutations=9)
        assert found.result.n_images == 2
        assert found.notes == ("The association is of the latest 2 images; 1 earlier ones are too many.",)

    def test_a_strong_association_of_ten_patients_is_found_and_noise_is_not(self, tmp_path):
        tiles = [tile(seed) for seed in range(12)]
        dark = [-feature_maps(each).luminance.reshape(12, 2, 12, 2).mean(axis=(1, 3)) for each in tiles]
        noise = np.random.default_rng(3).random((12, 12, 12))
        save(tmp_path, "val", 1, tiles, maps={"bam": dark, "kan": noise}, patient_ids=list(range(12)))
        found = run_association(run_samples(str(tmp_path)), "val", "H-DAB", permutations=999).result
        verdicts = {(row.layer, row.feature): row.verdict for row in found.associations}
        assert verdicts["bam", "hematoxylin"] == "associated"
        assert verdicts["kan", "hematoxylin"] == "not shown"

    def test_without_images_of_the_phase_there_is_none(self, tmp_path):
        save(tmp_path, "val", 1, [tile(0)])
        assert run_association(run_samples(str(tmp_path)), "train", "H-DAB") is None


class TestRunPathology:
    def test_features_are_those_of_each_image(self, run):
        found = run_pathology(str(run), permutations=9)
        assert [row["image"] for row in found.features] == [
            "train_batch_000001[0]", "train_batch_000001[1]",
            "val_batch_000002[0]", "val_batch_000002[1]", "val_batch_000002[2]",
        ]  # fmt: skip
        expected = tile_features(tile(1), stains="H-DAB", mpp=0.5).to_dict()
        row = found.features[3]
        assert {name: row[name] for name in expected} == expected
        assert (row["sample_id"], row["patient_id"], row["phase"]) == ("b", "2", "val")
        assert (found.stains, found.phase) == ("H-DAB", "val")
        assert found.rows() == [dict(each) for each in found.features]

    def test_progress_counts_to_the_end(self, run):
        told = []
        run_pathology(str(run), permutations=9, progress=lambda done, total: told.append((done, total)))
        assert [done for done, _ in told] == sorted({done for done, _ in told})
        assert told[-1][0] <= told[-1][1] == 5 * 2 + 3

    def test_a_phase_and_a_size_of_a_pixel_can_be_chosen(self, run):
        found = run_pathology(str(run), phase="train", mpp=1.0, permutations=9)
        assert {row["phase"] for row in found.features} == {"train"}
        assert {row["mpp"] for row in found.features} == {1.0}
        assert found.phase == "train"

    def test_stains_that_nobody_names_are_taken_and_said(self, tmp_path):
        save(tmp_path, "val", 1, [tile(0)], stains=None)
        found = run_pathology(str(tmp_path), permutations=9)
        assert found.stains == "H&E"
        assert any("--stains names them" in note for note in found.notes)
        assert run_pathology(str(tmp_path), stains="H-DAB", permutations=9).stains == "H-DAB"

    def test_sidecars_that_disagree_on_the_stains_are_refused(self, run):
        save(run, "val", 3, [tile(7)], stains="H&E")
        with pytest.raises(UsageError, match="name the stains H&E and H-DAB"):
            run_pathology(str(run))

    def test_a_run_without_images_says_how_to_get_them(self, tmp_path):
        with pytest.raises(SourceError, match="no sidecar of a dashboard is there"):
            run_pathology(str(tmp_path))
        sidecar.write(tmp_path / "val_batch_000001.npz", *Panels(phase="val", number=1).to_arrays())
        with pytest.raises(SourceError, match="its 1 sidecars keep no image"):
            run_pathology(str(tmp_path))
        (tmp_path / "val_batch_000001.npz").write_bytes(b"PK nothing")
        with pytest.raises(SourceError, match="none of 1 sidecars can be read"):
            run_pathology(str(tmp_path))
        with pytest.raises(UsageError, match="phase 'test' is unknown"):
            run_pathology(str(tmp_path), phase="test")


def test_a_summary_counts_what_is_missing():
    rows = [
        {"image": "a", "x": 1.0, "y": None},
        {"image": "b", "x": 4.0, "y": 2},
        {"image": "c", "x": None, "y": None},
    ]
    x, y = summarised(rows)
    assert (x.feature, x.n, x.n_null, x.mean, x.min, x.max) == ("x", 2, 1, 2.5, 1.0, 4.0)
    assert x.std == pytest.approx(np.std([1, 4], ddof=1))
    assert (y.feature, y.n, y.std) == ("y", 1, None)
    assert summarised([]) == ()
