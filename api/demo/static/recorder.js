// Records a voice note with the browser's own recorder and hands it over as base64, as the simulator wants it.

const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

/** Why nothing could be recorded: "unsupported" by this browser or address, or "denied" by the person. */
export class Refused extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export class Recorder {
  /** Asks for the microphone and starts. `onProgress(milliseconds, level)` is called per frame, level from 0 to 1. */
  static async start(onProgress) {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new Refused("unsupported");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch {
      throw new Refused("denied");
    }
    return new Recorder(stream, onProgress);
  }

  constructor(stream, onProgress) {
    this.stream = stream;
    this.chunks = [];
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(stream, mimeType ? { mimeType } : undefined);
    this.recorder.ondataavailable = (event) => this.chunks.push(event.data);
    this.recorder.start();
    this.started = performance.now();
    this.watchLevel(onProgress);
  }

  /** Ends the recording: `audio` in base64, its `mimetype`, its length in `milliseconds`. */
  async stop() {
    const milliseconds = performance.now() - this.started;
    const ended = new Promise((resolve) => (this.recorder.onstop = resolve));
    this.recorder.stop();
    await ended;
    cancelAnimationFrame(this.frame);
    this.sound.close();
    for (const track of this.stream.getTracks()) track.stop();
    const mimetype = this.recorder.mimeType || this.chunks[0]?.type || "audio/ogg";
    return { audio: await base64(new Blob(this.chunks)), mimetype, milliseconds };
  }

  watchLevel(onProgress) {
    this.sound = new AudioContext();
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = 512;
    this.sound.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const look = () => {
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      onProgress(performance.now() - this.started, Math.min(1, loudness * 6));
      this.frame = requestAnimationFrame(look);
    };
    look();
  }
}

/** The bytes of a file or recording in base64. */
export function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
