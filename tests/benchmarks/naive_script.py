"""The script that most people would write: scikit-learn on all pixels, once per image and K.

``python naive_script.py OUTPUT K[,K...] WORKERS PHOTO...``
"""

import sys
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from PIL import Image
from sklearn.cluster import KMeans


def show_in_few_colors(photo, k, output):
    pixels = np.array(Image.open(photo).convert("RGB"))
    kmeans = KMeans(n_clusters=k, init="random", n_init=1, max_iter=300, random_state=0)
    labels = kmeans.fit_predict(pixels.reshape(-1, 3))
    palette = kmeans.cluster_centers_.round().astype(np.uint8)
    quantized = palette[labels].reshape(pixels.shape)
    Image.fromarray(quantized).save(output / f"{photo.stem}_k{k:03d}.png")


if __name__ == "__main__":
    output, ks, workers = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
    photos = [Path(name) for name in sys.argv[4:]]
    output.mkdir(parents=True)
    work = [delayed(show_in_few_colors)(photo, int(k), output) for photo in photos for k in ks]
    Parallel(n_jobs=workers)(work)
