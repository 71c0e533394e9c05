// @ts-check

import { LIMITS } from "./protocol.js";

const TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/**
 * @typedef {{ name: string, blob: Blob, url: string, width: number, height: number }} LoadedPicture
 */

/** @param {File} file */
export function isPicture(file) {
  return TYPES.has(file.type);
}

/**
 * Loads a picture for the preview.
 *
 * @param {Blob} blob
 * @param {string} name
 * @returns {Promise<LoadedPicture>}
 */
export async function loadPicture(blob, name) {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return { name, blob, url, width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    URL.revokeObjectURL(url);
    throw new Error("This file cannot be shown as a picture.");
  }
}

/**
 * Makes a copy that is small enough to send.
 *
 * @param {Blob} blob
 * @param {string} name
 * @returns {Promise<LoadedPicture>}
 */
export async function shrinkPicture(blob, name) {
  const bitmap = await createImageBitmap(blob);
  try {
    for (const longest of [1600, 1200, 800, 480]) {
      const copy = await draw(bitmap, Math.min(1, longest / Math.max(bitmap.width, bitmap.height)));
      if (copy !== null && copy.size <= LIMITS.pictureBytes) return await loadPicture(copy, name);
    }
  } finally {
    bitmap.close();
  }
  throw new Error("This picture cannot be made small enough.");
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} scale
 * @returns {Promise<Blob | null>}
 */
function draw(bitmap, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.82));
}
