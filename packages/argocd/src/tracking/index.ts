export {
  formatTrackingId,
  isAbout,
  parseTrackingId,
  trackingIdOf,
  type TrackingId,
} from './tracking-id.ts';
export {
  defaultTracking,
  installationAnnotation,
  instanceName,
  isOwn,
  normalizeTracking,
  placeTarget,
  trackedApplication,
  trackingAnnotation,
  TrackingError,
  trackTarget,
  type TrackedApplication,
  type TrackingMethod,
  type TrackingSettings,
} from './tracking.ts';
