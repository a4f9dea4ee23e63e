import type { ConformanceForm, Difference, JsonObject } from '../form.ts';
import { isDeviation, readDeviations, withoutDeviations } from '../observed/deviations.ts';
import type { Recording } from '../observed/recording.ts';
import { sharedRendering } from '../observed/rendering.ts';
import { recordedRepositories } from '../observed/repositories.ts';
import { findAgreement } from '../observed/search.ts';

/** Recordings of a running Argo CD: a file is one case. */
function recordingForm(): ConformanceForm {
  const openRepositories = recordedRepositories(sharedRendering());
  return {
    name: 'recording',
    key: undefined,
    fits: (one) => ['title', 'settings', 'steps'].every((field) => field in one),
    run: async (one: JsonObject): Promise<readonly Difference[]> => {
      const recording = one as unknown as Recording;
      const deviations = readDeviations().filter(
        (deviation) => deviation.recording === recording.name,
      );
      const { differences } = await findAgreement(recording, {
        openRepositories,
        isKnown: (difference) => deviations.some((deviation) => isDeviation(deviation, difference)),
      });
      return withoutDeviations(differences, deviations);
    },
  };
}

export const forms: readonly ConformanceForm[] = [recordingForm()];
