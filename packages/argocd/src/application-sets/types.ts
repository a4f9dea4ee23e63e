import type { ResourceType } from '@tidegate/kube';

export const applicationType: ResourceType = {
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'applications',
};
export const setType: ResourceType = {
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'applicationsets',
};
export const projectType: ResourceType = {
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'appprojects',
};
export const secretType: ResourceType = { apiVersion: 'v1', plural: 'secrets' };
