"""The parts of the denoising autoencoder, each against a dumber road."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from dae_kan import batch_size, evaluation, splines, tiles, train
from dae_kan.bam import BAM
from dae_kan.kan import KAN
from dae_kan.model import DenoisingAutoencoder
from dae_kan.settings import Settings
from scipy.interpolate import BSpline
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Generator, nn

from statkit.training import AutomaticAnalyzer


def seeded(*shape, seed=0):
    return torch.rand(*shape, generator=Generator().manual_seed(seed))


class TestSplines:
    @pytest.mark.parametrize(("intervals", "order"), [(5, 3), (1, 3), (8, 2), (4, 1), (3, 0)])
    def test_the_basis_is_that_of_scipy(self, intervals, order):
        grid = splines.knots(intervals, order).double()
        x = torch.linspace(-1, 1, 201, dtype=torch.float64)[:-1]
        wanted = BSpline.design_matrix(x.numpy(), grid.numpy(), order).toarray()
        assert wanted.shape == (200, intervals + order)
        np.testing.assert_allclose(splines.basis(x, grid, order).numpy(), wanted, atol=1e-6)

    def test_single_precision_is_near(self):
        x = seeded(500) * 2 - 1
        wanted = BSpline.design_matrix(x.double().numpy(), splines.knots(5, 3).double().numpy(), 3).toarray()
        np.testing.assert_allclose(splines.basis(x, splines.knots(5, 3), 3).numpy(), wanted, atol=2e-6)

    def test_the_functions_sum_to_one_inside_and_are_dead_far_outside(self):
        grid = splines.knots(5, 3)
        inside = splines.basis(torch.linspace(-0.999, 0.999, 50), grid, 3).sum(dim=-1)
        torch.testing.assert_close(inside, torch.ones(50))
        assert not splines.basis(torch.tensor([-2.3, 2.3, 1e6]), grid, 3).any()

    def test_knots_are_even_and_cover_the_interval(self):
        grid = splines.knots(4, 2)
        torch.testing.assert_close(grid, torch.tensor([-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]))


class TestKAN:
    def test_it_is_the_sum_of_its_edges(self):
        torch.manual_seed(0)
        layer = KAN(3, 2, intervals=4, order=3).double().eval()
        layer.grid = layer.grid.double()
        x = seeded(2, 3, 2, 2).double()
        squeezed = torch.tanh(layer.normalise(x)).detach()
        coefficients = layer.spline.weight.detach().reshape(2, 3, 7)
        made = layer(x).detach()
        for b, o, h, w in np.ndindex(2, 2, 2, 2):
            total = 0.0
            for i in range(3):
                value = float(squeezed[b, i, h, w])
                curve = BSpline(layer.grid.numpy(), coefficients[o, i].numpy(), 3)
                silu = value / (1 + np.exp(-value))
                total += float(layer.base.weight.detach()[o, i, 0, 0]) * silu + float(curve(value))
            assert float(made[b, o, h, w]) == pytest.approx(total, abs=1e-9)

    def test_no_input_is_outside_the_grid(self):
        layer = KAN(4, 4)
        squeezed = torch.tanh(layer.normalise(1e6 * (seeded(2, 4, 3, 3) - 0.5)))
        assert squeezed.abs().max() <= 1

    def test_it_has_weights_for_every_edge(self):
        layer = KAN(48, 48, intervals=5, order=3)
        weights = sum(p.numel() for p in (layer.base.weight, layer.spline.weight))
        assert weights == 48 * 48 * (5 + 3 + 1)

    def test_the_grid_is_no_part_of_its_state(self):
        assert not [name for name in KAN(2, 2).state_dict() if "grid" in name]


class TestBAM:
    def test_the_output_is_the_input_and_the_input_times_the_gate(self):
        block = BAM(8, reduction=2).eval()
        gates = []
        block.gate.register_forward_hook(lambda _module, _given, made: gates.append(made))
        x = seeded(2, 8, 6, 5)
        made = block(x)
        (gate,) = gates
        assert gate.shape == x.shape
        assert 0 < gate.min() < gate.max() < 1
        torch.testing.assert_close(made, x + x * gate)

    def test_both_branches_have_a_say(self):
        block = BAM(8, reduction=2).eval()
        x = seeded(1, 8, 6, 6)
        channel, spatial = block.channel(x), block.spatial(x)
        assert channel.shape == (1, 8, 1, 1)
        assert spatial.shape == (1, 1, 6, 6)
        torch.testing.assert_close(block(x), x * (1 + torch.sigmoid(channel + spatial)))


class TestModel:
    @pytest.mark.parametrize("side", [(96, 96), (64, 104)])
    def test_an_image_comes_out_as_it_went_in(self, side):
        made = DenoisingAutoencoder().eval()(seeded(2, 3, *side))
        assert made.shape == (2, 3, *side)
        assert 0 < made.min() < made.max() < 1

    def test_its_layers_are_found_under_their_names(self, tmp_path):
        model = DenoisingAutoencoder()
        batch = seeded(2, 3, 32, 32)
        with AutomaticAnalyzer(
            model, save_dir=tmp_path, data_range=1.0, detailed_freq=1, echo=lambda line: None
        ) as analyzer:
            output = model(batch)
            record = analyzer.analyze_batch(0, batch, output, (output - batch).abs().mean())
        layers = ("bam_32", "kan_48", "bam_48")
        assert {key for key in record if key.endswith("_attention_entropy")} == {
            f"attention_{layer}_attention_entropy" for layer in layers
        }
        assert record["attention_bam_32_mean_attention"] < 1


class TestTiles:
    def test_the_image_is_the_one_in_the_package(self):
        assert tiles.image().shape == (3, 512, 512)
        assert tiles.image().dtype == torch.float32

    def test_what_is_tested_on_is_never_trained_on(self):
        assert tiles.training_part().shape == (3, 512, tiles.SPLIT)
        assert all(tiles.SPLIT <= place.left <= 512 - tiles.SIDE for place in tiles.TestTiles().places)

    def test_a_training_tile_lies_in_the_training_part(self):
        _noisy, clean = tiles.TrainingTiles(5, seed=3)[4]
        windows = tiles.training_part().unfold(1, tiles.SIDE, 1).unfold(2, tiles.SIDE, 1)
        turned = [made for turns in range(4) for made in (clean.rot90(turns, (1, 2)),)]
        turned += [made.flip(2) for made in turned]
        corners = [windows[0, :, :, 0, 0] == made[0, 0, 0] for made in turned]
        found = [
            torch.equal(windows[:, top, left], made)
            for made, corner in zip(turned, corners, strict=True)
            for top, left in corner.nonzero().tolist()
        ]
        assert any(found)

    def test_a_tile_follows_from_seed_epoch_and_index_alone(self):
        first, again, other = (tiles.TrainingTiles(10, seed=seed) for seed in (1, 1, 2))
        torch.manual_seed(5)
        noisy, clean = first[7]
        torch.manual_seed(6)
        assert torch.equal(noisy, again[7][0])
        assert not torch.equal(clean, other[7][1])
        again.epoch = 1
        assert not torch.equal(clean, again[7][1])
        assert len({float(first[index][1].sum()) for index in range(10)}) == 10

    def test_the_noise_is_as_strong_as_it_says(self):
        grey = torch.full((3, 96, 96), 0.5)
        noise = tiles.noisy(grey, Generator().manual_seed(0)) - grey
        assert float(noise.std()) == pytest.approx(tiles.NOISE, rel=0.02)
        assert float(noise.mean()) == pytest.approx(0, abs=0.002)

    def test_there_is_no_tile_beyond_the_last(self):
        assert len(list(tiles.TrainingTiles(3, seed=0))) == len(tiles.TrainingTiles(3, seed=0)) == 3

    def test_the_test_tiles_are_the_same_each_time_and_cut_where_they_say(self):
        one, other, whole = tiles.TestTiles(), tiles.TestTiles(), tiles.image()
        assert len(one) == len(set(one.places)) == 48
        for (noisy, clean), (noisy_too, _clean), place in zip(one, other, one.places, strict=False):
            assert torch.equal(noisy, noisy_too)
            assert torch.equal(clean, whole[:, place.top : place.top + 96, place.left : place.left + 96])


class TestEvaluation:
    def test_it_is_the_mean_over_the_tiles_as_scikit_image_has_it(self):
        pairs = [
            (noisy.permute(1, 2, 0).numpy(), clean.permute(1, 2, 0).numpy())
            for noisy, clean in pairs_of_tensors()
        ]
        psnr = [peak_signal_noise_ratio(clean, noisy, data_range=1.0) for noisy, clean in pairs]
        ssim = [
            structural_similarity(
                clean.astype(np.float64), noisy.astype(np.float64), data_range=1.0, channel_axis=2,
                gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            )
            for noisy, clean in pairs
        ]  # fmt: skip
        found = evaluation.quality_of_noisy()
        assert found.psnr == pytest.approx(np.mean(psnr), abs=1e-4)
        assert found.ssim == pytest.approx(np.mean(ssim), abs=1e-4)

    def test_the_models_mode_comes_back(self):
        model = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))
        model[1].eval()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        evaluation.quality(model, torch.device("cpu"))
        assert (model.training, model[0].training, model[1].training) == (True, True, False)
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def pairs_of_tensors():
    found = tiles.TestTiles()
    return [found[index] for index in range(len(found))]


class TestBatchSize:
    @pytest.mark.parametrize(
        ("room", "wanted"), [(1000, 64), (64, 64), (63, 32), (8, 8), (7, 4), (3, 2), (2, 2)]
    )
    def test_it_is_the_largest_power_of_two_that_fits(self, room, wanted):
        assert batch_size.largest_fitting(lambda size: size <= room, 8, 64) == wanted

    @pytest.mark.parametrize("room", [0, 1])
    def test_no_room_at_all_is_an_error_that_says_what_to_do(self, room):
        with pytest.raises(MemoryError, match=r"2 tiles.*--no-cuda"):
            batch_size.largest_fitting(lambda size: size <= room, 8, 64)

    @pytest.mark.parametrize(
        "error",
        [
            torch.OutOfMemoryError("CUDA out of memory."),
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
            RuntimeError("could not create a primitive"),
            RuntimeError("could not execute a primitive"),
        ],
    )
    def test_a_model_that_runs_out_of_memory_gets_smaller_batches(self, error):
        class Greedy(nn.Conv2d):
            def forward(self, batch):
                if len(batch) > 3:
                    raise error
                return super().forward(batch)

        assert batch_size.find(Greedy(3, 3, 1), torch.device("cpu")) == 2

    def test_a_batch_of_one_which_cannot_be_normalised_is_never_tried(self):
        class Scarce(DenoisingAutoencoder):
            def forward(self, batch):
                if len(batch) > 1:
                    raise torch.OutOfMemoryError("CUDA out of memory.")
                return super().forward(batch)

        with pytest.raises(ValueError, match="more than 1 value per channel"):
            DenoisingAutoencoder()(torch.zeros(1, 3, 96, 96))
        with pytest.raises(MemoryError, match="not even a batch of 2 tiles"):
            batch_size.find(Scarce(), torch.device("cpu"))

    def test_another_error_comes_through(self):
        with pytest.raises(RuntimeError, match="channels"):
            batch_size.find(nn.Conv2d(4, 3, 1), torch.device("cpu"))

    def test_trying_changes_neither_model_nor_random_numbers(self):
        model = DenoisingAutoencoder()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        state = torch.get_rng_state()
        assert batch_size.find(model, torch.device("cpu")) == 8
        assert torch.equal(state, torch.get_rng_state())
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
        assert all(p.grad is None for p in model.parameters())


class TestCommandLine:
    def test_the_options_of_the_original_program(self, tmp_path):
        line = "--gpu 0 --no-cuda --batch-size 16 --num-workers 2 --analysis-freq 50 --project-name tissue"
        found = train.parse([*line.split(), "--output", str(tmp_path / "run")])
        assert found == Settings(
            output=tmp_path / "run", gpu=0, cuda=False, batch_size=16, num_workers=2, analysis_freq=50,
            project_name="tissue",
        )  # fmt: skip

    def test_left_out_they_are_as_in_the_original_program(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        found = train.parse([])
        assert (found.gpu, found.batch_size, found.analysis_freq) == (0, None, 100)
        assert found.project_name == "histopath-kan-auto"

    def test_a_run_does_not_go_where_another_is(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert str(train.parse(["--seed", "3"]).output) == "auto_analysis_seed-3"
        (tmp_path / "auto_analysis_seed-3").mkdir()
        assert str(train.parse(["--seed", "3"]).output) == "auto_analysis_seed-3-2"
        (tmp_path / "auto_analysis_seed-3" / "batch_metrics.jsonl").touch()
        with pytest.raises(SystemExit):
            train.parse(["--output", "auto_analysis_seed-3"])
        assert "is there already" in capsys.readouterr().err

    @pytest.mark.parametrize("line", ["--batch-size 0", "--gpu -1", "--steps many", "--epochs 0"])
    def test_nonsense_is_refused(self, line, capsys):
        with pytest.raises(SystemExit) as refused:
            train.parse(line.split())
        assert refused.value.code == 2
        assert "is not a whole number of" in capsys.readouterr().err

    def test_a_gpu_that_is_not_there_is_refused(self, monkeypatch, capsys):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
        assert train.parse(["--gpu", "1"]).gpu == 1
        assert train.parse(["--gpu", "7", "--no-cuda"]).gpu == 7
        with pytest.raises(SystemExit):
            train.parse(["--gpu", "7"])
        assert "no GPU 7: the numbers 0 to 1 exist" in capsys.readouterr().err
