// @ts-check

import { byId, size } from "./elements.js";
import { isPicture, loadPicture, shrinkPicture } from "./picture.js";
import { LIMITS } from "./protocol.js";

/** While somebody writes, the others are told again this often. */
const TYPING_EVERY_MS = 2000;
const TYPING_ENDS_MS = 3000;
const SHOW_LEFT_BELOW = 200;

/** Where messages are written: the text, the picture that goes with it, and what is said about them. */
export class Composer {
  #text = byId("text", HTMLTextAreaElement);
  #file = byId("file", HTMLInputElement);
  #on;
  /** @type {import("./picture.js").LoadedPicture | undefined} */
  #picture;
  #toldTypingAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typingEnds;
  /** @type {(() => void) | undefined} */
  #noteAction;

  /**
   * @param {object} on
   * @param {(text: string, picture: Omit<import("./protocol.js").Picture, "type"> | undefined, type: string | undefined) => void} on.send
   * @param {(busy: boolean) => void} on.typing
   */
  constructor(on) {
    this.#on = on;
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener("input", () => this.#noticeInput());
    byId("attach").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      void this.#offer(this.#file.files?.[0]);
      this.#file.value = "";
    });
    byId("preview-remove").addEventListener("click", () => this.#setPicture(undefined));
    byId("note-close").addEventListener("click", () => this.#say(undefined));
    byId("note-action").addEventListener("click", () => this.#noteAction?.());
    this.#takePastesAndDrops();
    this.#drawSend();
  }

  /** @param {string} room */
  setRoom(room) {
    this.#text.placeholder = `Write to #${room}`;
    this.endTyping();
  }

  /** Puts the cursor here, except where that would pull up a keyboard on the screen. */
  focus() {
    if (window.matchMedia("(hover: hover)").matches) this.#text.focus();
  }

  /** Tells the others, if they were told otherwise, that nobody is writing here. */
  endTyping() {
    clearTimeout(this.#typingEnds);
    if (this.#toldTypingAt === 0) return;
    this.#toldTypingAt = 0;
    this.#on.typing(false);
  }

  async #send() {
    const text = this.#text.value.trim();
    const picture = this.#picture;
    if (text === "" && picture === undefined) return;
    this.#text.value = "";
    this.#noticeInput();
    this.#say(undefined);
    if (picture === undefined) {
      this.#on.send(text, undefined, undefined);
      return;
    }
    this.#setPicture(undefined);
    const bytes = new Uint8Array(await picture.blob.arrayBuffer());
    this.#on.send(text, { bytes, width: picture.width, height: picture.height }, picture.blob.type);
  }

  #noticeInput() {
    const { value } = this.#text;
    fitHeight(this.#text);
    this.#drawSend();
    const left = LIMITS.textLength - value.length;
    byId("room-left").hidden = left >= SHOW_LEFT_BELOW;
    byId("room-left").textContent = left < SHOW_LEFT_BELOW ? `${left} left` : "";
    if (value.trim() === "") {
      this.endTyping();
      return;
    }
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => this.endTyping(), TYPING_ENDS_MS);
    if (Date.now() - this.#toldTypingAt < TYPING_EVERY_MS) return;
    this.#toldTypingAt = Date.now();
    this.#on.typing(true);
  }

  #takePastesAndDrops() {
    const drop = byId("drop");
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    document.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (file === undefined || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      void this.#offer(file);
    });
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      drop.hidden = false;
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) drop.hidden = true;
    });
    document.addEventListener("drop", (event) => {
      drop.hidden = true;
      if (!hasFiles(event)) return;
      event.preventDefault();
      void this.#offer(event.dataTransfer?.files[0]);
    });
  }

  /** @param {File | undefined} file */
  async #offer(file) {
    if (file === undefined) return;
    this.#say(undefined);
    if (!isPicture(file)) {
      this.#say(`“${file.name}” is not a picture this chat can show. PNG, JPEG, GIF, WebP and AVIF work.`);
    } else if (file.size > LIMITS.pictureBytes) {
      const most = size(LIMITS.pictureBytes);
      this.#say(`“${file.name}” is ${size(file.size)}. Pictures can be at most ${most}.`, "Send a smaller copy", () =>
        this.#take(shrinkPicture(file, file.name)),
      );
    } else {
      await this.#take(loadPicture(file, file.name));
    }
  }

  /** @param {Promise<import("./picture.js").LoadedPicture>} loading */
  async #take(loading) {
    try {
      this.#setPicture(await loading);
      this.#say(undefined);
      this.focus();
    } catch (error) {
      this.#say(error instanceof Error ? error.message : "This picture cannot be loaded.");
    }
  }

  /** @param {import("./picture.js").LoadedPicture | undefined} picture */
  #setPicture(picture) {
    if (this.#picture !== undefined) URL.revokeObjectURL(this.#picture.url);
    this.#picture = picture;
    byId("preview").hidden = picture === undefined;
    this.#drawSend();
    const image = byId("preview-image", HTMLImageElement);
    if (picture === undefined) {
      image.removeAttribute("src");
      return;
    }
    image.src = picture.url;
    byId("preview-name").textContent = picture.name;
    byId("preview-size").textContent = `${picture.width} × ${picture.height}, ${size(picture.blob.size)}`;
  }

  #drawSend() {
    byId("send", HTMLButtonElement).disabled = this.#text.value.trim() === "" && this.#picture === undefined;
  }

  /**
   * @param {string | undefined} note
   * @param {string} [action]
   * @param {() => void} [act]
   */
  #say(note, action, act) {
    byId("note").hidden = note === undefined;
    byId("note-text").textContent = note ?? "";
    byId("note-action").hidden = action === undefined;
    byId("note-action").textContent = action ?? "";
    this.#noteAction = act;
  }
}

/** @param {HTMLTextAreaElement} text */
function fitHeight(text) {
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${text.scrollHeight}px`);
}
